"""The classifier of Popek and Goldberg: which instructions of an architecture trap, and which should."""
