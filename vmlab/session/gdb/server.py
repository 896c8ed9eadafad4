"""The server: one client at a time on this machine's own address, and a guest that outlives it.

A plain loop: it waits for the socket, and while the guest runs it looks at the socket between two
slices. A client that goes away, sends noise or stops reading is dropped; the guest stands where it
is, and the server listens on. A second client is told that there is one already.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
from collections import deque
from collections.abc import Callable
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.session.gdb.packets import Framer, Item, Packet, Signal, frame
from vmlab.session.gdb.stub import Stub
from vmlab.session.session import Session

HOST: Final = "127.0.0.1"
CHUNK_BYTES: Final = 1 << 16
MOST_CHUNKS: Final = 16
"""So many are taken at once from a client that talks without end."""
MOST_WAITING: Final = 10_000
"""A client that asks more than this without waiting for replies is dropped."""
SEND_S: Final = 10.0
"""A client that does not take a reply for so long is dropped."""
ASLEEP_S: Final = 0.02
_BUSY: Final = frame(b"E.vmlab: another client is connected")

Say = Callable[[str], None]


class Client:
    """One connection: bytes in and out."""

    def __init__(self, connection: socket.socket, stub: Stub, closing: Callable[[], bool]) -> None:
        self.connection = connection
        self._closing = closing
        self.stub = stub
        self._framer = Framer()
        self._waiting: deque[Item] = deque()
        self._sent = b""
        connection.settimeout(SEND_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stub.interrupted = self._interrupted

    def receive(self) -> bool:
        """Take what has come; False if the client has gone."""
        try:
            received = self.connection.recv(CHUNK_BYTES)
        except OSError:
            return False
        for item in self._framer.feed(received):
            again = item is Signal.INTERRUPT and self._waiting and self._waiting[-1] is item
            if not again:
                self._waiting.append(item)
            if len(self._waiting) > MOST_WAITING:
                return False
        return bool(received) and not self._framer.endless

    def answer(self) -> bool:
        """Answer what waits; False if the client has gone, or takes no answer."""
        try:
            while self._waiting and not self.stub.gone and not self._closing():
                self._take(self._waiting.popleft())
        except OSError:
            return False
        return not self.stub.gone

    def _take(self, item: Item) -> None:
        if isinstance(item, Packet):
            if not self.stub.no_ack:
                self.connection.sendall(b"+")
            self.reply(self.stub.handle(item.data))
        elif item is Signal.INTERRUPT:
            self.reply(self.stub.interrupt())
        elif item is Signal.BAD:
            self.connection.sendall(b"-")
        elif item is Signal.NAK and not self.stub.no_ack:
            self.connection.sendall(self._sent)

    def reply(self, data: bytes | None) -> None:
        """Send a reply, after what the guest has printed; nothing for None."""
        for text in self.stub.console_packets():
            self.connection.sendall(frame(text))
        if data is not None:
            self._sent = frame(data)
            self.connection.sendall(self._sent)

    def _has_come(self) -> bool:
        """True if something has come that is not received yet, or the client's end."""
        with selectors.DefaultSelector() as ready:
            ready.register(self.connection, selectors.EVENT_READ)
            return bool(ready.select(0))

    def is_here(self) -> bool:
        """False if the client has gone by now."""
        chunks = range(MOST_CHUNKS)
        return all(self.receive() for _ in chunks if self._has_come())

    def _interrupted(self) -> bool:
        """During a run back: has the client asked to stop, or gone?"""
        here = self.is_here()
        asked = Signal.INTERRUPT in self._waiting
        self._waiting = deque(item for item in self._waiting if item is not Signal.INTERRUPT)
        return asked or not here or self._closing()


class Server:
    """Listens for GDB. `typed` gives what somebody types into the guest's console, if anyone."""

    def __init__(
        self,
        session: Session,
        port: int,
        say: Say = lambda line: None,
        console_to_client: bool = False,
        typed: Callable[[], bytes | None] = lambda: None,
    ) -> None:
        self._session = session
        self._say = say
        self._console_to_client = console_to_client
        self._typed = typed
        self._client: Client | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((HOST, port))
        except OSError as error:
            self._socket.close()
            raise BadInput(
                f"expected a free port, found port {port} of {HOST}: "
                f"{os.strerror(error.errno or errno.EADDRINUSE)}; choose another with --port"
            ) from None
        self._socket.listen()
        self._socket.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ)
        self.closing = False

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def serve(self) -> None:
        """Serve clients until `closing` is set: also a run, forward or back, ends soon then."""
        while not self.closing:
            self.turn()

    def close(self) -> None:
        """Hang up and stop listening."""
        self._drop()
        self._selector.close()
        self._socket.close()

    def turn(self, most_s: float = 0.2) -> None:
        """One look at the sockets, and one slice of the guest if it runs."""
        stub = None if self._client is None else self._client.stub
        wait_s = most_s if stub is None or not stub.running else ASLEEP_S * stub.asleep
        ready = [key.fileobj for key, _ in self._selector.select(wait_s)]
        if self._socket in ready:
            self._accept()
        client = self._client
        if client is None:
            return
        if (client.connection in ready and not client.is_here()) or not client.answer():
            self._drop()
        elif client.stub.running:
            self._carry_on(client)

    def _carry_on(self, client: Client) -> None:
        typed = self._typed()
        client.stub.patient = typed is not None
        if typed:
            self._session.send(typed)
        try:
            client.reply(client.stub.tick())
        except OSError:
            self._drop()

    def _accept(self) -> None:
        try:
            connection, address = self._socket.accept()
        except OSError:  # it went away before we came
            return
        if self._client is not None and not self._client.is_here():
            self._drop()
        if self._client is not None:
            self._refuse(connection)
            return
        self._say(f"a client has connected from port {address[1]}")
        stub = Stub(self._session, self._console_to_client)
        self._client = Client(connection, stub, lambda: self.closing)
        self._selector.register(connection, selectors.EVENT_READ)

    def _refuse(self, connection: socket.socket) -> None:
        with connection:
            try:
                connection.setblocking(False)
                connection.sendall(b"+" + _BUSY)
            except OSError:
                return

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            self._selector.unregister(client.connection)
            client.stub.close()
            client.connection.close()
            self._say(f"the client has gone; the guest stands after {self._session.position} "
                      "instructions")  # fmt: skip
