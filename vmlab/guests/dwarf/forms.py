"""How the values of attributes are written (DWARF 5, 7.5.5 and 7.5.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vmlab.core.errors import Unsupported
from vmlab.guests.dwarf.scan import Scan, string_at

Value = int | str | bytes


class Form:
    """Codes of forms."""

    ADDR, BLOCK2, BLOCK4, DATA2, DATA4, DATA8, STRING, BLOCK = 0x01, 0x03, 0x04, 5, 6, 7, 8, 9
    BLOCK1, DATA1, FLAG, SDATA, STRP, UDATA, REF_ADDR, REF1 = 10, 11, 12, 13, 14, 15, 16, 17
    REF2, REF4, REF8, REF_UDATA, INDIRECT, SEC_OFFSET, EXPRLOC, PRESENT = (
        *(18, 19, 20, 21, 22, 23), 24, 25,
    )  # fmt: skip
    STRX, ADDRX, REF_SUP4, STRP_SUP, DATA16, LINE_STRP, REF_SIG8, IMPLICIT = (
        *(0x1A, 0x1B, 0x1C, 0x1D, 0x1E), 0x1F, 0x20, 0x21,
    )  # fmt: skip
    LOCLISTX, RNGLISTX, REF_SUP8 = 0x22, 0x23, 0x24
    STRX1, STRX2, STRX3, STRX4, ADDRX1, ADDRX2, ADDRX3, ADDRX4 = range(0x25, 0x2D)

    @staticmethod
    def takes_bytes(form: int) -> bool:
        """Whether a value of this form takes room where it is used."""
        return form not in (Form.PRESENT, Form.IMPLICIT)


_FIXED: Final = {
    Form.DATA1: 1, Form.DATA2: 2, Form.DATA4: 4, Form.DATA8: 8, Form.FLAG: 1, Form.REF_SUP4: 4,
    Form.REF_SUP8: 8, Form.REF_SIG8: 8,
}  # fmt: skip
_UNIT_REFERENCES: Final = {Form.REF1: 1, Form.REF2: 2, Form.REF4: 4, Form.REF8: 8}
_STRING_INDEX: Final = {Form.STRX1: 1, Form.STRX2: 2, Form.STRX3: 3, Form.STRX4: 4}
_STRING_SECTIONS: Final = {Form.STRP: ".debug_str", Form.LINE_STRP: ".debug_line_str"}
_ADDRESS_INDEX: Final = {Form.ADDRX1: 1, Form.ADDRX2: 2, Form.ADDRX3: 3, Form.ADDRX4: 4}


class Forms:
    """Reads values of one unit. Strings and addresses that stand elsewhere are looked up by
    `string` and `address`: most nobody needs, and where their tables begin is told late."""

    def __init__(
        self, sections: Mapping[str, bytes], offset_bytes: int, address_bytes: int, start: int = 0
    ) -> None:
        if address_bytes not in (4, 8):
            raise Unsupported(f"expected addresses of 4 or 8 bytes, found {address_bytes}")
        self._sections = sections
        self.offset_bytes, self.address_bytes, self._start = offset_bytes, address_bytes, start
        self.strings_at: int | None = None
        self.addresses_at: int | None = None

    def read(self, scan: Scan, form: int, implicit: int = 0) -> Value:
        """The value of that form at the scan. References are offsets of `.debug_info`."""
        if form in _FIXED:
            return scan.u(_FIXED[form])
        if form in _UNIT_REFERENCES:
            return self._start + scan.u(_UNIT_REFERENCES[form])
        if form in _STRING_INDEX:
            return self._number(scan, _STRING_INDEX[form])
        if form in _ADDRESS_INDEX:
            return self._number(scan, _ADDRESS_INDEX[form])
        match form:
            case Form.ADDR:
                return scan.u(self.address_bytes)
            case Form.STRING:
                return scan.name()
            case Form.STRX | Form.ADDRX | Form.UDATA | Form.LOCLISTX | Form.RNGLISTX:
                return scan.uleb()
            case Form.SDATA:
                return scan.sleb()
            case Form.STRP | Form.LINE_STRP | Form.SEC_OFFSET | Form.REF_ADDR | Form.STRP_SUP:
                return scan.u(self.offset_bytes)
            case Form.REF_UDATA:
                return self._start + scan.uleb()
            case Form.PRESENT:
                return 1
            case Form.IMPLICIT:
                return implicit
            case Form.DATA16:
                return scan.block(16)
            case Form.BLOCK1:
                return scan.block(scan.u(1))
            case Form.BLOCK2:
                return scan.block(scan.u(2))
            case Form.BLOCK4:
                return scan.block(scan.u(4))
            case Form.BLOCK | Form.EXPRLOC:
                return scan.block(scan.uleb())
            case Form.INDIRECT:
                return self.read(scan, self._direct(scan))
        raise Unsupported(f"expected a form of DWARF 2 to 5 in {scan.what}, found {form:#x}")

    def string(self, form: int, value: Value) -> str:
        """A value of a string's form as text."""
        if not isinstance(value, int):
            return value if isinstance(value, str) else ""
        if form in _STRING_SECTIONS:
            return string_at(self._sections, _STRING_SECTIONS[form], value)
        if form != Form.STRX and form not in _STRING_INDEX:
            return ""
        width = self.offset_bytes
        base = 2 * width if self.strings_at is None else self.strings_at
        table = Scan(self._sections.get(".debug_str_offsets", b""), ".debug_str_offsets")
        table.skip(base + value * width)
        return string_at(self._sections, ".debug_str", table.u(width))

    def address(self, form: int, value: Value) -> int:
        """A value of an address's form as an address."""
        assert isinstance(value, int)
        if form != Form.ADDRX and form not in _ADDRESS_INDEX:
            return value
        return self.indexed(value)

    def indexed(self, index: int) -> int:
        """The address of that index in the unit's table."""
        base = 8 if self.addresses_at is None else self.addresses_at
        table = Scan(self._sections.get(".debug_addr", b""), ".debug_addr")
        table.skip(base + index * self.address_bytes)
        return table.u(self.address_bytes)

    @staticmethod
    def is_address(form: int) -> bool:
        """Whether the form is one of an address, and not an offset from one."""
        return form in (Form.ADDR, Form.ADDRX) or form in _ADDRESS_INDEX

    @staticmethod
    def _number(scan: Scan, size: int) -> int:
        return scan.u(1) | scan.u(2) << 8 if size == 3 else scan.u(size)

    @staticmethod
    def _direct(scan: Scan) -> int:
        form = scan.uleb()
        if form in (Form.INDIRECT, Form.IMPLICIT):
            raise Unsupported(f"expected an indirect form that is not one itself, found {form:#x}")
        return form
