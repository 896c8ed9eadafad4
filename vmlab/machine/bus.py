"""The bus: finds the device at a physical address."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from vmlab.core.errors import BrokenInvariant
from vmlab.machine.devices.device import Device


class Bus:
    """Devices by address. Windows do not overlap (checked)."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self.on_access: Callable[[], None] = lambda: None
        """Called before each access."""
        self.devices = tuple(sorted(devices, key=lambda device: device.base))
        self._bases = [device.base for device in self.devices]
        for low, high in zip(self.devices, self.devices[1:], strict=False):
            if low.base + low.size_bytes > high.base:
                raise BrokenInvariant(f"{low.name} and {high.name} overlap at {high.base:#x}")

    def find(self, pa: int, size_bytes: int) -> Device | None:
        """The device whose window holds the whole access."""
        at = bisect_right(self._bases, pa)
        device = self.devices[at - 1] if at else None
        if device is None or pa + size_bytes > device.base + device.size_bytes:
            return None
        return device

    def read(self, pa: int, size_bytes: int) -> int | None:
        """The value of a register, or None if nothing answers; never wider than the access."""
        self.on_access()
        device = self.find(pa, size_bytes)
        value = None if device is None else device.read(pa - device.base, size_bytes)
        return None if value is None else value & ((1 << 8 * size_bytes) - 1)

    def write(self, pa: int, size_bytes: int, value: int) -> bool:
        """Write a register; False if nothing answers."""
        self.on_access()
        device = self.find(pa, size_bytes)
        return device is not None and device.write(pa - device.base, size_bytes, value)
