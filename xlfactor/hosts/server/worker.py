"""A worker process: xlwings Server's own application answers one request after the other."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from multiprocessing.connection import Connection
from typing import Any

from xlfactor.errors import did_you_mean
from xlfactor.hosts.server.logs import configure
from xlfactor.hosts.server.replies import FUNCTIONS, Application, Headers, Reply, Scope, refusal

SENT = ("client", "func_name", "args", "version", "runtime")  # what the page sends with every call

log = logging.getLogger("xlfactor.server")


def work(connection: Connection) -> None:
    """Say that the worker is ready, then answer (path, headers), body until the web process is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the web process, which ends its workers
    if hasattr(os, "nice"):
        os.nice(5)  # pages and /health first
    configure()
    from xlwings_server.main import main_app

    connection.send(True)
    with asyncio.Runner() as runner:
        while True:
            try:
                path, headers = connection.recv()
                body = connection.recv_bytes()
            except EOFError:
                return
            status, given, content = runner.run(answer(main_app, path, headers, body))
            connection.send((status, given))
            connection.send_bytes(content)


async def answer(app: Application, path: str, headers: Headers, body: bytes) -> Reply:
    """The application's reply; an error that it has no line of ours for gets one here."""
    error: Exception | None = None
    try:
        status, given, content = await _ask(app, path, headers, body)
    except Exception as caught:  # the application answers 500 and raises what it met
        error, status, given, content = caught, 500, [], b""
    if status < 400 or (status < 500 and dict(given).get(b"content-type", b"").startswith(b"text/plain")):
        return status, given, content
    if path != FUNCTIONS:
        fault = refusal(status if status < 500 else 400, "REQUEST_SCRIPT", "the script's request failed", "reload")
    else:
        fault = diagnosis(body)
    if fault[0] >= 500:
        log.error("%s", path, exc_info=error)
    return fault


async def _ask(app: Application, path: str, headers: Headers, body: bytes) -> Reply:
    sent: list[Any] = []
    asked, answered = False, asyncio.Event()

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await answered.wait()
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"", "headers": headers,
        "client": None, "server": None,
    }  # fmt: skip
    try:
        await app(scope, receive, send)
    finally:
        answered.set()
    start = sent[0]
    return start["status"], list(start["headers"]), b"".join(m.get("body", b"") for m in sent[1:])


def diagnosis(body: bytes) -> Reply:
    """Why a call of a function failed before or beside the function; parsed again only then."""
    from xlfactor.functions import catalogue

    try:
        request = json.loads(body)
    except (ValueError, RecursionError):
        return refusal(400, "REQUEST_JSON", "the request is no JSON", "send what the add-in sends")
    missing = [name for name in SENT if name not in request] if isinstance(request, dict) else list(SENT)
    if missing:
        return refusal(400, "REQUEST_FIELDS", f"the request lacks {', '.join(missing)}", "send what the add-in sends")
    name, given = request["func_name"], request["args"]
    if not isinstance(name, str) or name not in catalogue():
        hint = did_you_mean(name, catalogue()) or "XLFACTOR_HELP() lists them all"
        return refusal(404, "FUNCTION_UNKNOWN", "no function has this name", hint)
    if not isinstance(given, list):
        return refusal(400, "REQUEST_ARGUMENTS", "args is no list", "send one value or matrix an argument")
    takes = len(catalogue()[name].arguments)
    if len(given) > takes:
        message = f"{name} takes {takes} arguments and got {len(given)}"
        return refusal(400, "ARGUMENT_TOO_MANY", message, f'see XLFACTOR_HELP("{name}")')
    return refusal(500, "BUG", f"{name} met an unexpected error", "see the server's log")
