"""The compare board: its controller, its links, its widgets and its entrance."""
