"""From a link to what it opens, and from a session to the link that brings somebody there.

A link says how a run begins and how far it went: guest, machine, technique, position, breakpoints.
What it cannot say (files of one's own, what was typed) is said in words; a recording has all of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from vmlab.core.errors import BadInput, VmlabError
from vmlab.guests.catalog import BENCHMARKS, BUILDS, GUESTS
from vmlab.session.until import Until
from vmlab.ui.fragment import FREEDOMS, MOST_BREAKPOINTS, Link, build, parse
from vmlab.views.phrase import Phrase, heard, say
from vmlab.views.table import visible

if TYPE_CHECKING:
    from vmlab.ui.controller import Controller

_OPTIONS: Final = ("isa", "translation", "ram", "engine", "technique")
UNTITLED: Final = "assembly"
FIRST_GUEST: Final = "tour"
"""That of a link which names none."""
_LONGEST_NAME: Final = 60


def assembled(source: str, name: str) -> bytes:
    """The ELF file of a source. Raises `AsmErrors` with all its mistakes."""
    from vmlab.derive.asm import assemble  # not before somebody has a source
    from vmlab.derive.objfile import to_elf

    return to_elf(assemble(source, name))


def opens(link: Link) -> tuple[str | bytes, str, dict[str, Any]]:
    """What `vmlab.open` takes for a link: an image, its name, the machine. Raises `BadInput`; a
    link names no file."""
    options: dict[str, Any] = {name: getattr(link, name) for name in _OPTIONS}
    options = {name: value for name, value in options.items() if value} | dict(link.choices)
    if link.assembly is not None:
        name = visible((link.guest or UNTITLED)[:_LONGEST_NAME])
        return assembled(link.assembly, name), name, options
    guest = link.guest or FIRST_GUEST
    if not any(guest in names for names in (GUESTS, BENCHMARKS, BUILDS)):
        raise BadInput(
            f"expected one of the guests {', '.join(GUESTS)} in the address, "
            f"found {visible(guest[:_LONGEST_NAME])}"
        )
    return guest, "", options


def arrive(controller: Controller, link: Link) -> None:
    """Go to the position of a link, then set its breakpoints: before, they would stop the run."""

    def set_all() -> None:
        for address in link.breakpoints:
            if address not in controller.session.breakpoints:
                controller.toggle_breakpoint(address)

    def arrived() -> None:
        if not controller.running:
            off()
            set_all()

    if not link.position:
        set_all()
        return
    off = controller.watch(arrived)
    controller.run(Until.count(link.position))


def follow(controller: Controller, fragment: str) -> Link | None:
    """Open what a new address asks for, in the same page; None if it asks for what is open already
    (the page writes addresses itself) or was refused, which the controller says."""
    try:
        link = parse(fragment)
        asked = replace(link, language=None, view=None, theme=None)
        if asked == parse(standing(controller)):
            return None
        image, label, options = opens(link)
    except VmlabError as refusal:
        controller.say(heard(str(refusal)))
        return None
    before = controller.session
    controller.open(image, label, options=options)
    if controller.session is before:
        return None
    arrive(controller, link)
    return link


def _link(controller: Controller, source: str | None) -> Link:
    """How the run of a session begins. An image of bytes has a name in it only with its source."""
    options, image = controller.options, controller.image
    said = {name: options[name] for name in _OPTIONS if options.get(name)}
    if said.get("engine") == "auto":
        del said["engine"]
    choices = tuple((name, str(options[name])) for name in FREEDOMS if options.get(name))
    guest = image if isinstance(image, str) else None
    if source is not None:
        guest = controller.label[:_LONGEST_NAME] or UNTITLED
    append = str(controller.parts.get("append", "")) if isinstance(image, str) else ""
    return Link(guest=guest, append=append or None, assembly=source, choices=choices, **said)


def _breakpoints(controller: Controller) -> tuple[int, ...]:
    return tuple(sorted(controller.session.breakpoints))[:MOST_BREAKPOINTS]


def theme_of(fragment: str) -> str | None:
    """The theme that an address names; None if it names none, or is none of ours."""
    try:
        return parse(fragment).theme
    except VmlabError:
        return None


def standing(
    controller: Controller,
    language: str | None = None,
    view: str = "",
    theme: str | None = None,
) -> str:
    """What the page's address says by itself: guest, machine, language, view and theme, nothing
    that changes with each step. A file that was dropped has no name to put there."""
    link = _link(controller, None)
    if link == Link(guest=FIRST_GUEST):
        link = Link()
    return build(
        replace(
            link,
            breakpoints=_breakpoints(controller),
            language=language,
            view=view or None,
            theme=theme,
        )
    )


def shared(
    controller: Controller,
    source: str | None = None,
    *,
    view: str | None = None,
    language: str | None = None,
    theme: str | None = None,
) -> tuple[str, tuple[Phrase, ...]]:
    """The fragment that brings somebody here, and what it cannot carry, in sentences. `source` is
    the assembly of the guest if that is where it came from; the rest is how it is shown."""
    snapshot, session = controller.snapshot(), controller.session
    link = _link(controller, source)
    if link.guest is None and controller.image is None and not controller.parts:
        link = replace(link, guest=snapshot.guest)
    made = replace(
        link,
        position=snapshot.position or None,
        breakpoints=_breakpoints(controller),
        view=view,
        language=language,
        theme=theme,
    )
    lacks = []
    name = visible(controller.label or snapshot.guest)
    fragment = build(made)
    if source is not None and "&asm=" not in fragment:
        lacks.append(say("The source of {name} is too long for a link.", name=name))
    elif made.guest is None or controller.parts.keys() - {"append"}:
        lacks.append(say("{name} is a file of yours, which no link can carry.", name=name))
    if session.inputs:
        lacks.append(Phrase("What was typed or changed during this run is not in the link."))
    if snapshot.watches:
        lacks.append(Phrase("Watchpoints are not in the link."))
    return fragment, tuple(lacks)
