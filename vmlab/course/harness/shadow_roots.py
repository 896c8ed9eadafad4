"""A guest under trap and emulate whose shadows are of another kind: what L06 shows of one root."""

from __future__ import annotations

from typing import Final

from vmlab.core.units import MIB
from vmlab.vmm.common.payloads import payload_of
from vmlab.vmm.common.shadow import Shadow
from vmlab.vmm.common.vm import GUEST_ISA, Vm, guest_platform
from vmlab.vmm.techniques import under
from vmlab.vmm.trap_emulate.monitor import TrapAndEmulate

RAM_BYTES: Final = 8 * MIB
PIECE_INSNS: Final = 1_000
MOST_INSNS: Final = 1_000_000


def line_with(shadow: type[Shadow], command: str, text: str) -> str:
    """The line with this text that nano's console prints while a program runs there, under trap
    and emulate with shadows of this class; "" if there is none."""

    class Monitor(TrapAndEmulate):
        def admit(self, vm: Vm) -> None:
            self.shadows[vm.number] = shadow(self.host, vm)

    platform = guest_platform(RAM_BYTES, GUEST_ISA)
    payload = payload_of("nano", append=command, ram_bytes=RAM_BYTES)
    (guest,) = under(Monitor)(((platform, payload),), "auto")
    for _ in range(0, MOST_INSNS, PIECE_INSNS):
        if not guest.runnable:
            break
        guest.run(PIECE_INSNS)
        for line in guest.output.decode(errors="replace").splitlines(keepends=True):
            if text in line and line.endswith("\n"):
                return line.strip()
    return ""
