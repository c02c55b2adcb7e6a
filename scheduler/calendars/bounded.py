"""An HTTP connection whose answers end: in so much time, with so many bytes, headers included."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Limits:
    """How long an answer may be silent, how long it may take in all (seconds), and its bytes."""

    silence: float = 30.0
    seconds: float = 300.0
    size: int = 64 << 20


class TooLarge(Exception):
    """An answer has, or says it has, more bytes than the limit."""


class _Bounded(io.RawIOBase):
    """A socket to read from, up to a moment and a number of bytes."""

    def __init__(self, connected: socket.socket, limits: Limits) -> None:
        self._socket, self._limits = connected, limits
        # keeps the socket open until the answer is read, as http.client counts on
        self._raw = connected.makefile("rb", buffering=0)
        self._until = time.monotonic() + limits.seconds
        self._left = limits.size + _PIECE  # the headers have room of their own

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"the answer took more than {self._limits.seconds:g} seconds")
        self._socket.settimeout(min(self._limits.silence, left))
        count = self._raw.readinto(buffer) or 0
        self._left -= count
        if self._left < 0:
            raise TooLarge
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answering:
    """What an HTTP response wants of its socket."""

    def __init__(self, connected: socket.socket, limits: Limits) -> None:
        self._raw = _Bounded(connected, limits)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._raw)


def connect(scheme: str, host: str, port: int | None, limits: Limits) -> http.client.HTTPConnection:
    """A connection that is not made yet, to a host whose answers are bounded."""
    connection: http.client.HTTPConnection
    if scheme == "http":
        connection = http.client.HTTPConnection(host, port, timeout=limits.silence)
    else:
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(
            host, port, timeout=limits.silence, context=context
        )

    def response(connected: socket.socket, **more: Any) -> http.client.HTTPResponse:
        return http.client.HTTPResponse(_Answering(connected, limits), **more)  # type: ignore[arg-type]

    connection.response_class = response  # type: ignore[assignment]
    return connection


def pieces(answer: http.client.HTTPResponse, limits: Limits) -> Iterator[bytes]:
    """The body of an answer. Raises: TooLarge as soon as it says that it is, or is."""
    if (answer.length or 0) > limits.size:
        raise TooLarge
    size = 0
    while piece := answer.read1(_PIECE):
        size += len(piece)
        if size > limits.size:
            raise TooLarge
        yield piece
    if answer.length:  # the server closed before it had sent what it promised
        raise http.client.IncompleteRead(b"", answer.length)
    answer.close()  # the connection stays for the next request
