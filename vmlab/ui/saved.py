"""A run as a file that the page keeps, and such a file opened piece by piece."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from vmlab.core.errors import BadInput, VmlabError
from vmlab.guests.catalog import GUESTS
from vmlab.machine.platform import CHOICES

if TYPE_CHECKING:
    from vmlab.ui.controller import SessionLike


_MACHINE: Final = frozenset({"isa", "ram", "technique", *CHOICES})


@dataclass(frozen=True, slots=True)
class Saved:
    """A run as a file for the page to keep. `number` tells two files of one name apart."""

    number: int
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """What a controller keeps of how its session was opened."""

    image: str | bytes | None
    label: str
    parts: dict[str, Any]
    options: dict[str, Any]


def asked_by(session: SessionLike, options: Mapping[str, Any]) -> Asked:
    """The same of a session that a file brought. The engine is the page's choice, and stays."""
    said = session.arguments()
    image, name = said.pop("image"), str(said.pop("name", ""))
    machine = {key: said.pop(key) for key in _MACHINE & said.keys()}
    if "engine" in options:
        machine["engine"] = options["engine"]
    return Asked(image, name, said, machine)


def options_for(
    image: str | bytes | None, parts: Mapping[str, Any], options: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The machine for another guest: as it was, but without a technique for one that brings its own
    firmware, and without the command line, which was the old guest's."""
    own = "bios" in parts or (isinstance(image, str) and not starts_in_s(image))
    gone = {"append", "technique"} if own else {"append"}
    return {name: value for name, value in options.items() if name not in gone}


def starts_in_s(name: str) -> bool:
    """True if a guest of the catalogue can be virtualized: firmware, or a monitor, starts it."""
    return name in GUESTS and GUESTS[name].needs_sbi


def piece(pieces: Generator[int, None, SessionLike], name: str) -> SessionLike | None:
    """Load one piece more; the session once it is there. What is wrong is said with the name."""
    try:
        next(pieces)
    except StopIteration as done:
        loaded: SessionLike = done.value
        return loaded
    except VmlabError as refusal:
        raise type(refusal)(f"{name}: {refusal}") from None
    except MemoryError:
        raise BadInput(
            f"{name}: expected a run that fits into memory here, found a larger one"
        ) from None
    return None


def file_name(guest: str, position: int) -> str:
    """What to call a saved run: a guest may be called anything, a file may not."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", guest.removesuffix(".elf")).strip("-.")
    return f"{plain[:40] or 'guest'}-{position}.vmlab"
