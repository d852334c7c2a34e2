"""Start the server: check, write the project, open the port, serve until stopped."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from xlfactor.errors import FactorError
from xlfactor.hosts.server import logs
from xlfactor.hosts.server.project import environment, write
from xlfactor.hosts.server.settings import Settings, check


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    check(settings)
    with tempfile.TemporaryDirectory(prefix="xlfactor-server-") as folder, _listen(settings) as listening:
        settings = replace(settings, port=listening.getsockname()[1])
        write(Path(folder), settings)
        os.environ |= environment(Path(folder), settings)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the folder is removed then, too
        try:
            _serve(settings, listening, say)
        except KeyboardInterrupt:
            say("stopped")


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(2048)  # who comes while the workers start waits for them
    except (OSError, OverflowError) as error:
        listening.close()
        reason = getattr(error, "strerror", None) or "no such port"
        raise FactorError("PORT", f"{settings.host}:{settings.port}: {reason}", "give another --port") from error
    return listening


def _announce(settings: Settings, say: Callable[[str], None]) -> None:
    if os.environ["XLWINGS_LICENSE_KEY"] == "noncommercial":
        say("xlwings Server runs under its noncommercial licence: commercial use needs a paid key")
    say(f"add-in:   {settings.url}/taskpane.html")
    say(f"manifest: {settings.url}/manifest.xml")
    if settings.url.startswith("http:"):
        say(
            "Excel loads add-ins over https only: give --tls-cert and --tls-key, or put a proxy in front (--public-url)"
        )
    if not settings.token:
        say("no access token: whoever may open this port may call the functions")
    say(f"listening on {settings.host}:{settings.port}, {settings.workers} workers; Ctrl-C stops")


def _serve(settings: Settings, listening: socket.socket, say: Callable[[str], None]) -> None:
    logs.configure()
    try:
        import uvicorn
        from xlwings_server.main import main_app
    except Exception as error:
        if type(error).__name__ != "LicenseError":  # its class lies in the package that refuses to be imported
            raise
        raise FactorError("LICENCE", str(error).rstrip("."), "set XLWINGS_LICENSE_KEY to your own key") from error
    from xlfactor.hosts.server.app import guarded

    app = guarded(settings, main_app, lambda: _announce(settings, say))
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="on", timeout_graceful_shutdown=5,
        ssl_certfile=settings.tls_cert, ssl_keyfile=settings.tls_key,
    )  # fmt: skip
    server = uvicorn.Server(config)
    server.run([listening])
    if not server.started:
        raise FactorError("SERVER_FAILED", "the workers could not be started", "see the lines above")
