"""What `xlfactor serve` may be told, and what it refuses before a port is opened."""

from __future__ import annotations

import ipaddress
import os
import ssl
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from xlfactor.errors import FactorError

SHORTEST_TOKEN = 16


@dataclass(frozen=True)
class Settings:
    """host, port: where it listens. public_url: the https address that Excel uses, where a proxy ends TLS.

    max_megabytes: of one request. time_limit: seconds of one call.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    token: str = field(default="", repr=False)
    tls_cert: Path | None = None
    tls_key: Path | None = None
    public_url: str = ""
    max_megabytes: int = 100
    time_limit: float = 60

    @property
    def url(self) -> str:
        """The address that Excel uses."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"{'https' if self.tls_cert else 'http'}://{host}:{self.port}"


def check(settings: Settings) -> None:
    """Refuse what would serve the catalogue to strangers, or to nobody."""
    if find_spec("xlwings_server") is None:
        raise FactorError("EXTRA_MISSING", "xlwings Server is not installed", "pip install 'xlfactor[server]'")
    _check_licence()
    _check_files(settings)
    if settings.public_url and not _is_https(settings.public_url):
        raise FactorError(
            "PUBLIC_URL", f"--public-url is '{settings.public_url}'", "write https://HOST or https://HOST:PORT"
        )
    has_login = bool(settings.token) or os.environ.get("XLWINGS_AUTH_PROVIDERS", "[]") not in ("", "[]")
    has_tls = settings.tls_cert is not None or bool(settings.public_url)
    if not is_loopback(settings.host) and not (has_login and has_tls):
        raise FactorError(
            "BIND_REFUSED",
            f"{settings.host} can be reached by other machines",
            "give --token-file and TLS (--tls-cert and --tls-key, or --public-url https://…), or listen on 127.0.0.1",
        )
    if settings.tls_cert is not None and settings.tls_key is not None:
        _check_pair(settings.tls_cert, settings.tls_key)


def _check_licence() -> None:
    if not os.environ.get("XLWINGS_LICENSE_KEY"):
        raise FactorError(
            "LICENCE_MISSING",
            "xlwings Server needs a licence of your own and XLWINGS_LICENSE_KEY is not set",
            "set it to your key, or to noncommercial where its terms for noncommercial use are met",
        )


def _check_files(settings: Settings) -> None:
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise FactorError("TLS_PAIR", "TLS needs a certificate and its key", "give --tls-cert and --tls-key")
    for path in (settings.tls_cert, settings.tls_key):
        if path is not None and not path.is_file():
            raise FactorError("FILE_NOT_FOUND", f"{path} is not there", "give the file's path")


def _check_pair(cert: Path, key: Path) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key)
    except OSError as error:  # ssl.SSLError is one
        what = f"{cert.name} and {key.name} are no certificate and its key"
        raise FactorError("TLS_FILES", what, "give PEM files") from error


def _is_https(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(parts.hostname) and parts.path in ("", "/")


def is_loopback(host: str) -> bool:
    """Can only this machine reach it?"""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_token(path: Path) -> str:
    """The access token of a file: one line of at least 16 characters."""
    try:
        token = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise FactorError("FILE_NOT_FOUND", f"{path}: {error.strerror}", "give the token's file") from error
    if len(token) < SHORTEST_TOKEN or not token.isascii() or len(token.split()) != 1:
        raise FactorError(
            "TOKEN_WEAK",
            f"{path} holds no token of {SHORTEST_TOKEN} ASCII characters or more on one line",
            'make one: python -c "import secrets; print(secrets.token_urlsafe(32))"',
        )
    return token
