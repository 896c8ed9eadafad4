"""What `monitor COMMAND` does in GDB: what the protocol itself has no word for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vmlab.core.errors import BadInput, VmlabError
from vmlab.core.events import Access
from vmlab.core.modes import mode_name
from vmlab.core.units import PAGE_OFFSET, format_hex
from vmlab.isa.layout import BitField
from vmlab.session.edits import WORD_BYTES, Place
from vmlab.session.gdb.memory import Memory
from vmlab.session.gdb.registers import CSR, Register, by_name, read, registers_of
from vmlab.session.session import Session

MOST_NUMBER: Final = 1 << 62
_REGISTERS: Final = "GDB keeps what it knew: maintenance flush register-cache makes it ask again.\n"


class Monitor:
    """Commands on one session. Each gives text; none raises for what a user may type."""

    def __init__(self, session: Session, memory: Memory) -> None:
        self._session = session
        self._memory = memory
        self._commands: dict[str, tuple[str, str, Callable[[list[str]], str]]] = {
            "help": ("", "this list", self._help),
            "info": ("", "guest, position, mode, engine", self._info),
            "csr": ("[NAME [VALUE]]", "all CSRs; one with its fields; or write one", self._csr),
            "walk": (
                "ADDRESS",
                "where a virtual address leads, for fetch, load, store",
                self._walk,
            ),
            "map": ("", "the map of physical memory", self._map),
            "back": ("[N]", "undo N steps", self._back),
            "goto": ("N", "go to where N instructions have retired, back or forward", self._goto),
            "physical": ("on|off", "what addresses of x, p and set mean", self._physical),
            "send": ("TEXT", "type TEXT and Enter into the guest's console", self._send),
            "reset": ("", "power off and on: all is as at the beginning", self._reset),
        }

    def answer(self, line: str) -> str:
        """What to print for a command line."""
        words = line.split()
        name, arguments = (words[0], words[1:]) if words else ("help", [])
        if name not in self._commands:
            return f"no command {name[:40]!r}\n{self._help([])}"
        try:
            return self._commands[name][2](arguments)
        except VmlabError as error:
            return f"{error}\n"

    def _help(self, arguments: list[str]) -> str:
        rows = [
            (f"{name} {usage}".strip(), doc) for name, (usage, doc, _) in self._commands.items()
        ]
        return "".join(f"monitor {usage:22} {doc}\n" for usage, doc in rows)

    def _info(self, arguments: list[str]) -> str:
        session, hart = self._session, self._session.machine.hart
        mode = mode_name(hart.mode, hart.virtual)
        return (
            f"guest      {session.setup.name}, {session.setup.platform.isa}\n"
            f"position   {session.position} instructions retired, {session.steps} steps\n"
            f"time       {hart.virtual_time} (with what was slept in wfi)\n"
            f"hart       mode {mode} at {hart.pc:#x}, {session.status.value}\n"
            f"engine     {session.engine.name}\n"
            f"addresses  {'physical' if self._memory.physical else 'virtual'}\n"
        )

    def _csr(self, arguments: list[str]) -> str:
        if not arguments:
            found = registers_of(self._session).values()
            return "".join(self._line(one) for one in found if one.feature == CSR)
        register = by_name(self._session, arguments[0])
        if register is None:
            raise BadInput(f"expected a CSR of this machine, found {arguments[0][:40]!r}")
        if len(arguments) > 1:
            value = _number(arguments[1], 1 << 64)
            self._session.edit(Place.CSR, register.index, value.to_bytes(WORD_BYTES, "little"))
        value = self._value(register)
        fields = "".join(_field(field, value) for field in register.fields)
        return self._line(register) + fields + (_REGISTERS if len(arguments) > 1 else "")

    def _value(self, register: Register) -> int:
        return int.from_bytes(read(self._session, register), "little")

    def _line(self, register: Register) -> str:
        return f"{register.name:12} {format_hex(self._value(register))}\n"

    def _walk(self, arguments: list[str]) -> str:
        va = _number(arguments[0] if arguments else "", 1 << 64)
        lines = []
        for access in Access:
            page = self._session.engine.peek(va & ~PAGE_OFFSET, access)
            where = "fault" if page is None else f"{page | va & PAGE_OFFSET:#x}"
            lines.append(f"{access.name.lower():6} {va:#x} -> {where}\n")
        return "".join(lines)

    def _map(self, arguments: list[str]) -> str:
        return "".join(
            f"{region.first:#012x} {region.last:#012x} {region.kind.value} {region.name}\n"
            for region in self._session.regions()
        )

    def _back(self, arguments: list[str]) -> str:
        self._session.back(_number(arguments[0] if arguments else "1", MOST_NUMBER))
        return self._moved()

    def _goto(self, arguments: list[str]) -> str:
        position = _number(arguments[0] if arguments else "", MOST_NUMBER)
        session = self._session
        if position > session.snapshot().recorded:
            raise BadInput(
                f"expected a position of at most {session.snapshot().recorded}, which this run has "
                f"reached, found {position}: continue goes further"
            )
        session.go_to(position)
        return self._moved()

    def _physical(self, arguments: list[str]) -> str:
        if arguments not in (["on"], ["off"]):
            raise BadInput(f"expected on or off, found {' '.join(arguments)[:40]!r}")
        self._memory.physical = arguments == ["on"]
        return f"addresses are {'physical' if self._memory.physical else 'virtual'} now\n"

    def _send(self, arguments: list[str]) -> str:
        self._session.send(" ".join(arguments) + "\r")
        return ""

    def _reset(self, arguments: list[str]) -> str:
        self._session.reset()
        return self._moved()

    def _moved(self) -> str:
        hart = self._session.machine.hart
        mode = mode_name(hart.mode, hart.virtual)
        where = f"{self._session.position} instructions, mode {mode} at {hart.pc:#x}"
        return f"now after {where}. {_REGISTERS}"


def _field(field: BitField, value: int) -> str:
    return f"  {field.name:6} {field.of(value):#x}  {field.meaning}\n"


def _number(text: str, most: int) -> int:
    """A number as GDB writes it: decimal, or hexadecimal after 0x. Raises `BadInput`."""
    try:
        value = int(text, 0)
    except ValueError:
        raise BadInput(
            f"expected a number such as 100 or 0x80000000, found {text[:40]!r}"
        ) from None
    if not 0 <= value < most:
        raise BadInput(f"expected a number from 0 to {most - 1:#x}, found {text[:40]}")
    return value
