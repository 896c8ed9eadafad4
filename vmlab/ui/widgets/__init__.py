"""One widget a file: a view of the session's snapshot, and the commands one can give in it."""
