"""What one file that was handed in turned out to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from vmlab.course.progress import Progress
from vmlab.course.submission import Who


@dataclass(frozen=True, slots=True)
class HandIn:
    """One file. Everything in it but `when` of a plain file is a stranger's word."""

    who: Who
    file: str
    """As the teacher knows it, not yet fit to be shown."""
    when: datetime
    programs: Mapping[str, str] = field(default_factory=dict)
    """By the slug of their exercise."""
    progress: Progress | None = None
    """What a submission file says of predictions."""
    guessed: bool = False
    """Its place alone says of which exercise it is: a student's helper may lie there, too."""
    exercise: str = ""
    """The exercise that the file's place speaks of, where it could not be read."""
    refused: str = ""
    """Why it could not be read: one sentence."""
    claimed: str = ""
    """Whose work it says it is, in a submission's manifest."""
    notes: tuple[str, ...] = ()
    """What the teacher should know of it."""
