"""The call stack as rows: who called whom, and how that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vmlab.core.modes import Mode, mode_name
from vmlab.views.names import cause_name, owner, short_hex
from vmlab.views.phrase import Phrase, say
from vmlab.views.table import Table, visible

if TYPE_CHECKING:
    from vmlab.session.stack import Stack

BY: Final = {
    "pc": Phrase("runs"),
    "inlined": Phrase("inlined here"),
    "call frame information": Phrase("from the compiler's frame table"),
    "frame pointer": Phrase("from the frame pointer s0"),
    "ra": Phrase("from ra"),
}
"""How a frame was found."""


@dataclass(frozen=True, slots=True)
class StackRow:
    """One frame; `where` is `file:line` or empty."""

    number: int
    function: str
    where: str
    pc: int
    sp: int
    mode: Mode
    virtual: bool
    by: Phrase


def rows(stack: Stack, virtual: bool) -> tuple[StackRow, ...]:
    """The frames, innermost first."""
    return tuple(
        StackRow(
            number=number,
            function=visible(
                (frame.function or "?") + (f"+{frame.offset:#x}" if frame.offset else "")
            ),
            where="" if frame.place is None else visible(f"{frame.place.file}:{frame.place.line}"),
            pc=frame.pc,
            sp=frame.sp,
            mode=frame.mode,
            virtual=virtual,
            by=BY[frame.by.value],
        )
        for number, frame in enumerate(stack.frames)
    )


def end(stack: Stack) -> Phrase:
    """Why there are no more frames."""
    match stack.end.value:
        case "trap":
            cut = stack.interrupted
            if cut is None:
                return Phrase("A trap handler begins here. What it interrupted is not known.")
            return say(
                "A trap handler begins here: {cause}. It interrupted {where} in mode {mode}.",
                cause=cause_name(cut.cause, cut.interrupt),
                where=visible(f"{cut.function or short_hex(cut.pc)}{_at(cut.place)}"),
                mode=mode_name(cut.mode, cut.virtual),
            )
        case "first":
            return Phrase("Nobody called this function: it is the first.")
        case "unreadable":
            return say("The caller stands at va {at}, which cannot be read.", at=f"{stack.at:#x}")
        case "many":
            return Phrase("There are more frames than are shown.")
    return Phrase("The caller is not known: no frame table, and neither s0 nor ra leads to a call.")


def _at(place: object) -> str:
    return "" if place is None else f" ({place.file}:{place.line})"  # type: ignore[attr-defined]


def table(stack: Stack | None, virtual: bool) -> Table:
    """The twin."""
    shown = () if stack is None else rows(stack, virtual)
    return Table(
        Phrase("Call stack"),
        (
            Phrase("Frame"),
            Phrase("Function"),
            Phrase("Line"),
            Phrase("pc"),
            Phrase("sp"),
            Phrase("Runs as"),
            Phrase("How it is known"),
        ),
        tuple(
            (
                str(row.number),
                row.function,
                row.where,
                short_hex(row.pc),
                short_hex(row.sp),
                owner(row.mode, row.virtual),
                row.by,
            )
            for row in shown
        ),
        Phrase("The call stack comes with the sources, which are being loaded."),
        current=0 if shown else None,
    )
