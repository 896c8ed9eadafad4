"""The registers of a guest on their way between its own words and the real hart.

x, pc, floating point as far as it is in use, and the reservation, whose address is guest-physical
here and real there. What else a guest has on the real hart, its technique moves.
"""

from __future__ import annotations

from typing import Final

from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.state import FFLAGS, FRM, MSTATUS, NO_RESERVATION, PC, RESERVATION, F, X
from vmlab.vmm.common.vm import Vm

_X: Final = slice(X.slot, X.slot + X.length)
_F: Final = slice(F.slot, F.slot + F.length)
_FS: Final = STATUS.mask("FS", "SD")
_PC, _MSTATUS, _RESERVATION = PC.slot, MSTATUS.slot, RESERVATION.slot
_FFLAGS, _FRM = FFLAGS.slot, FRM.slot


def bring_home(vm: Vm, real: memoryview) -> None:
    """From the real hart's words."""
    own = vm.hart.words
    own[_X] = real[_X]
    own[_PC] = real[_PC]
    status = real[_MSTATUS] & _FS
    if status:
        own[_F] = real[_F]
        own[_FFLAGS], own[_FRM] = real[_FFLAGS], real[_FRM]
        # The hart says by itself that FP registers are dirty: the guest is to see that.
        own[_MSTATUS] = own[_MSTATUS] & ~_FS | status
    reserved = real[_RESERVATION]
    own[_RESERVATION] = (vm.gpa(reserved) or NO_RESERVATION) if reserved else NO_RESERVATION


def send_out(vm: Vm, real: memoryview) -> None:
    """To the real hart's words."""
    own = vm.hart.words
    real[_X] = own[_X]
    real[_PC] = own[_PC]
    status = own[_MSTATUS] & _FS
    real[_MSTATUS] = real[_MSTATUS] & ~_FS | status
    if status:
        real[_F] = own[_F]
        real[_FFLAGS], real[_FRM] = own[_FFLAGS], own[_FRM]
    reserved = own[_RESERVATION]
    real[_RESERVATION] = (vm.spa(reserved) or NO_RESERVATION) if reserved else NO_RESERVATION
