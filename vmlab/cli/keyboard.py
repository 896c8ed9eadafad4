"""Standard input as the guest's console input.

A thread reads, because a read may wait for ever and the guest must not. A terminal stays in
line mode: a line is sent when Enter is pressed, and Ctrl-C ends the run.
"""

from __future__ import annotations

import os
import queue
import threading
from typing import Final

STDIN: Final = 0
_CHUNK_BYTES: Final = 4096


class Keyboard:
    """Bytes from a file descriptor, taken without waiting or with a time limit."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._chunks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.ended = False
        """Nothing more will come. The end of input does not stop the guest."""
        # A daemon: it may stand in a read when the process ends.
        threading.Thread(target=self._read, name="keyboard", daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                chunk = os.read(self._descriptor, _CHUNK_BYTES)
            except OSError:  # closed, or a background job's terminal: the same as its end
                chunk = b""
            self._chunks.put(chunk)
            if not chunk:
                return

    def take(self, wait_s: float = 0.0) -> bytes:
        """What was typed since the last call; waits up to `wait_s` for something."""
        taken = b""
        while not self.ended:
            try:
                chunk = self._chunks.get(wait_s > 0 and not taken, wait_s or None)
            except queue.Empty:
                break
            self.ended = not chunk
            taken += chunk
        return taken
