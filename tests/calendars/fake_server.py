"""A CalDAV server of a few lines that says what a test wants, to the byte, and as slowly."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Say = Callable[[socket.socket], None]
MULTISTATUS = b"HTTP/1.1 207 Multi-Status\r\nContent-Type: application/xml\r\n"
CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


@dataclass
class FakeServer:
    """Answers the requests of all connections one after another; the last answer is repeated."""

    answers: Sequence[bytes | Say] = ()
    asked: list[bytes] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/cal/"

    def serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            while request := _request(connection):
                answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
                self.asked.append(request)
                if callable(answer):
                    answer(connection)
                    return
                connection.sendall(answer)


def _request(connection: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found:
        piece = connection.recv(1 << 16)
        if not piece:
            return b""
        found += piece
    head, _, body = found.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    wanted = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < wanted:
        body += connection.recv(1 << 16)
    return head + b"\r\n\r\n" + body


@contextmanager
def serving(*answers: bytes | Say) -> Iterator[FakeServer]:
    """A server with these answers, while the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = FakeServer(answers, port=listener.getsockname()[1])
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def answered(body: bytes, more: bytes = b"") -> bytes:
    """A whole 207 answer."""
    return MULTISTATUS + more + b"Content-Length: %d\r\n\r\n" % len(body) + body


def listing(*items: tuple[str, str, str]) -> bytes:
    """A multistatus of items: href, ETag, calendar data."""
    escape = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
    inner = "".join(
        "<response><href>{}</href><propstat><prop><getetag>{}</getetag><C:calendar-data>{}"
        "</C:calendar-data></prop></propstat></response>".format(
            *("".join(escape.get(c, c) for c in text) for text in item)
        )
        for item in items
    )
    top = '<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
    return f"{top}{inner}</multistatus>".encode()


def drips(begin: bytes, drop: bytes, every: float) -> Say:
    """Begins to answer, and then lets a drop fall again and again."""

    def say(connection: socket.socket) -> None:
        connection.sendall(begin)
        while True:
            time.sleep(every)
            connection.sendall(drop)

    return say
