"""The version, in one place: the wheel, the site and every written file take it from here."""

__version__ = "0.1.0"
