"""The project that xlwings Server runs: a folder with two lines of Python, our page and manifest, and its settings."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from pathlib import Path
from urllib.parse import urlsplit

from xlfactor.hosts.server.pane import pane
from xlfactor.hosts.server.settings import Settings

SITE = Path(__file__).with_name("site")


def write(folder: Path, settings: Settings) -> None:
    """Fill the project's folder."""
    shutil.copytree(SITE, folder, dirs_exist_ok=True)
    for package, module in (("functions", "xlfactor.hosts.excel"), ("scripts", "xlfactor.hosts.server.scripts")):
        target = folder / f"custom_{package}"
        target.mkdir()
        (target / "__init__.py").write_text(f"from {module} import *\n", encoding="utf-8")
    (folder / "templates" / "taskpane.html").write_text(pane(with_token=bool(settings.token)), encoding="utf-8")
    if not settings.token:
        (folder / "static" / "js" / "auth.js").unlink()  # xlwings Server's own then serves its login providers


def environment(folder: Path, settings: Settings) -> dict[str, str]:
    """The variables of xlwings Server; those of the user stay, as the licence and login providers do."""
    parts = urlsplit(settings.url)
    return {
        "XLWINGS_PROJECT_DIR": str(folder),
        "XLWINGS_ON_SERVER": "true",
        "XLWINGS_PROJECT_NAME": "xlfactor",
        "XLWINGS_APP_PATH": "",
        "XLWINGS_ENVIRONMENT": "prod",
        "XLWINGS_FUNCTIONS_NAMESPACE": "",  # a cell says FACTOR_RETURNS
        "XLWINGS_MANIFEST_ID_PROD": _identity(settings.url),
        "XLWINGS_CUSTOM_FUNCTIONS_MAX_RETRIES": "1",  # a call that failed fails again
        "XLWINGS_REQUEST_TIMEOUT": str(round(10 * settings.time_limit)),  # waiting for an idle worker included
        "XLWINGS_LOG_LEVEL": "WARNING",
        **({"XLWINGS_HOSTNAME": parts.netloc} if parts.scheme == "https" else {}),
        **dict.fromkeys(
            (f"XLWINGS_ENABLE_{name}" for name in ("SOCKETIO", "HTMX", "ALPINEJS_CSP", "BOOTSTRAP")), "false"
        ),
        "OPENBLAS_NUM_THREADS": "1",
    }


def _identity(url: str) -> str:
    """The add-in's id: the same at each start, another one for another server; in the form of a random one (4)."""
    return str(uuid.UUID(bytes=hashlib.sha256(url.encode()).digest()[:16], version=4))
