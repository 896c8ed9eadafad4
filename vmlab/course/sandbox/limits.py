"""What a program of a stranger may take."""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.course.remote import MOST_ASKS


@dataclass(frozen=True, slots=True)
class Limits:
    """Times are what we wait for the program: a grader's own work is not counted.

    Wall time, since a program that sleeps is as late as one that loops.
    """

    call_s: float = 10.0
    """For one call, the questions that it asks included."""
    total_s: float = 60.0
    """For all calls of a submission."""
    start_s: float = 60.0
    """For the start of the sandbox itself, which is no program's fault."""
    memory_bytes: int = 768 << 20
    """Of the whole process, as the operating system counts it; it starts with about 230 MiB."""
    said_bytes: int = 64 << 20
    """Of all answers and questions together."""
    printed_bytes: int = 64 << 10
    """Of prints that are kept; more are thrown away."""
    asks: int = MOST_ASKS
    """Questions that one call may ask."""
