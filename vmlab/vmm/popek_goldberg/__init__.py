"""The classifier of Popek and Goldberg: which instructions trap, and which of them should."""
