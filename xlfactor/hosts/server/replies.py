"""What the server answers: a status, headers and a body; an error is one line of plain text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from xlfactor.errors import FactorError

Headers = list[tuple[bytes, bytes]]
Reply = tuple[int, Headers, bytes]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

FUNCTIONS, SCRIPTS = "/xlwings/custom-functions-call", "/xlwings/custom-scripts-call/"
PLAIN = b"text/plain; charset=utf-8"


def refusal(status: int, code: str, message: str, fix: str) -> Reply:
    """The line that becomes the hover text of #VALUE!."""
    return reply(status, FactorError(code, message, fix).line.encode(), PLAIN)


def reply(status: int, body: bytes, content_type: bytes) -> Reply:
    return status, [(b"content-type", content_type), (b"cache-control", b"no-store")], body


async def send_reply(send: Send, answer: Reply) -> None:
    status, headers, body = answer
    length = (b"content-length", str(len(body)).encode())
    headers = [*((name, value) for name, value in headers if name != b"content-length"), length]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
