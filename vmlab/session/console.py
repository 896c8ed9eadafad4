"""The console's transcript, and searching what has been printed since a run began."""

from __future__ import annotations

import re
from collections.abc import Callable

from vmlab.machine.devices.uart import Uart16550


class Console:
    """Collects what the UART prints. After going back, the UART knows how much of it stands."""

    def __init__(self, uart: Uart16550) -> None:
        self.printed = bytearray()
        self.on_output: Callable[[int], None] = lambda byte: None
        self._uart = uart
        self._from = 0
        uart.on_output = self._byte

    def _byte(self, byte: int) -> None:
        self.printed.append(byte)
        self.on_output(byte)

    def arm(self) -> None:
        """Search only what is printed from now on."""
        self._from = len(self.printed)

    def search(self, pattern: re.Pattern[bytes]) -> bool:
        """True if the text printed since `arm` matches; `$` is its end so far."""
        return pattern.search(self.printed, self._from) is not None

    def cut(self) -> None:
        """Forget what the restored UART has not printed yet."""
        del self.printed[self._uart.sent :]
        self._from = min(self._from, len(self.printed))
