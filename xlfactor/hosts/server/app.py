"""The web process: pages and /health at once, every call through the limits to a worker."""

from __future__ import annotations

import asyncio
import gc
import hmac
import json
import logging
import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import xlfactor
from xlfactor.functions import catalogue
from xlfactor.hosts.server import pool as workers
from xlfactor.hosts.server.replies import (
    FUNCTIONS,
    SCRIPTS,
    Application,
    Receive,
    Reply,
    Scope,
    Send,
    refusal,
    reply,
    send_reply,
)
from xlfactor.hosts.server.settings import Settings

LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}
BODIES = 2  # held in memory for each worker; the others wait on the network
FUNCTION = re.compile(rb'"func_name":\s*"(\w+)"')

log = logging.getLogger("xlfactor.server")


def guarded(settings: Settings, pages: Application, ready: Callable[[], None]) -> Application:
    """The application that uvicorn serves; `pages` shows what needs no computing, `ready` is called once it can."""
    pool: workers.Pool | None = None
    bodies = asyncio.Semaphore(BODIES * settings.workers)
    names = LOCAL_NAMES | {settings.host, urlsplit(settings.url).hostname}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal pool
        if scope["type"] == "lifespan":
            await receive()
            try:
                pool = await workers.start(settings.workers)
            except (EOFError, OSError, TimeoutError) as error:
                await send({"type": "lifespan.startup.failed", "message": f"a worker: {type(error).__name__}"})
                return
            gc.freeze()  # looking through all that was imported, again and again, would keep /health waiting
            ready()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            workers.stop(pool)
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["type"] != "http" or pool is None:
            return
        headers = dict(scope["headers"])
        host = urlsplit("//" + headers.get(b"host", b"").decode("latin-1")).hostname
        if scope["path"] == "/health":
            await send_reply(send, _health(settings, pool))
        elif not settings.token and host not in names:  # a page elsewhere that its name server sends to this machine
            await _refuse(receive, send, refusal(421, "HOST_UNKNOWN", "this name is not served", f"use {settings.url}"))
        elif scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await pages(scope, receive, send)
        else:
            await _call(settings, pool, bodies, scope, receive, send)

    return app


def _health(settings: Settings, pool: workers.Pool) -> Reply:
    state = {
        "status": "ok" if pool.all else "starting",
        "version": xlfactor.__version__,
        "functions": len(catalogue()),
        "workers": settings.workers,
        "idle": pool.idle.qsize(),
    }
    return reply(200, json.dumps(state).encode(), b"application/json")


async def _call(
    settings: Settings, pool: workers.Pool, bodies: asyncio.Semaphore, scope: Scope, receive: Receive, send: Send
) -> None:
    start = time.perf_counter()
    refused, name, size = _unwelcome(settings, scope), b"-", 0
    if refused:
        answer = refused
        await _refuse(receive, send, answer)
    else:
        async with bodies:
            name, size, answer = await _answer(settings, pool, scope, receive)
        await send_reply(send, answer)
    milliseconds = 1000 * (time.perf_counter() - start)
    log.info("%s %d %.0f ms %.1f MB", name.decode(), answer[0], milliseconds, size / 1e6)


def _unwelcome(settings: Settings, scope: Scope) -> Reply | None:
    """What can be refused before the body is read."""
    path, headers = scope["path"], dict(scope["headers"])
    if scope["method"] != "POST" or not (path == FUNCTIONS or path.startswith(SCRIPTS)):
        return refusal(404, "REQUEST_PATH", "nothing is served here", f"POST to {FUNCTIONS}")
    if settings.token:
        given = headers.get(b"authorization", b"").removeprefix(b"Bearer ")
        if not given:
            return refusal(401, "TOKEN_MISSING", "this server wants an access token", "enter it in the task pane")
        if not hmac.compare_digest(given, settings.token.encode()):
            return refusal(403, "TOKEN_WRONG", "this server has another access token", "enter it in the task pane")
    if int(headers.get(b"content-length", b"0")) > settings.max_megabytes * 1e6:
        return _too_large(settings)
    return None


def _too_large(settings: Settings) -> Reply:
    message = f"the request has more than {settings.max_megabytes} MB"
    return refusal(413, "REQUEST_TOO_LARGE", message, "pass fewer dates or assets, or use Python")


async def _answer(settings: Settings, pool: workers.Pool, scope: Scope, receive: Receive) -> tuple[bytes, int, Reply]:
    """The function's name, the request's size, the reply."""
    seconds = settings.time_limit
    try:
        body = await asyncio.wait_for(_body(receive, int(settings.max_megabytes * 1e6)), seconds)
    except TimeoutError:
        return b"-", 0, refusal(408, "REQUEST_SLOW", f"the request took more than {seconds:g} s to arrive", "try again")
    if body is None:
        return b"-", 0, _too_large(settings)
    found = FUNCTION.search(body[:500])
    name = found[1] if found and found[1].decode() in catalogue() else b"-"
    try:
        return name, len(body), await workers.ask(pool, scope["path"], scope["headers"], body, seconds)
    except TimeoutError:
        message = f"the call took more than {seconds:g} s"
        fault = refusal(504, "TIME_LIMIT", message, "pass fewer dates or assets, or ask for a longer --time-limit")
    except (EOFError, OSError):
        fault = refusal(500, "WORKER_DIED", "the process that computed ended", "pass less, and see the server's log")
        log.error("a worker ended while it computed %s", name.decode())
    return name, len(body), fault


async def _body(receive: Receive, limit: int) -> bytes | None:
    """The request's body, or None if it is longer than `limit`: then it is let go as it comes."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        part, more = message.get("body", b""), message.get("more_body", False)
        size += len(part)
        if size > limit:
            parts.clear()
        else:
            parts.append(part)
    return b"".join(parts) if size <= limit else None


async def _refuse(receive: Receive, send: Send, answer: Reply) -> None:
    """Reply after what is still under way has been let go: a client that is sending does not read."""
    try:
        async with asyncio.timeout(10):
            while (await receive()).get("more_body", False):
                pass
    except TimeoutError:
        pass
    await send_reply(send, answer)
