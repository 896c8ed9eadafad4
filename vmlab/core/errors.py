"""Our own failures, never the guest's.

A guest event (a trap, a VM exit) is a normal result and never an exception of this family.
A `VmlabError` says what was expected, what was found and where; the command line prints it
as one sentence and ends with status 2, the page shows it in a message.
"""

from __future__ import annotations


class VmlabError(Exception):
    """Bad input, something unsupported, or a broken invariant of ours."""


class BadInput(VmlabError):
    """A file, an argument or a command that does not have the form it should have."""


class BadImage(BadInput):
    """An ELF or raw image that this machine cannot load."""


class Unsupported(VmlabError):
    """Something well-formed that asks for a part which is not built."""


class BrokenInvariant(VmlabError):
    """A rule of ours was broken by ourselves: a bug in vmlab, never in the guest."""
