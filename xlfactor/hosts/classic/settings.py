"""xlwings' settings file: lines of "KEY","value", which the add-in's VBA reads."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

INTERPRETER = "INTERPRETER_WIN"
CODEPAGE = "mbcs" if sys.platform == "win32" else "cp1252"  # VBA's Input # reads the user's code page


def read_settings(path: Path) -> dict[str, str]:
    """The settings by their name in capitals; none where there is no file."""
    if not path.is_file():
        return {}
    lines = csv.reader(io.StringIO(path.read_text(encoding=CODEPAGE, errors="replace")))
    return {line[0].strip().upper(): line[1] for line in lines if len(line) > 1}


def settings_text(settings: dict[str, str]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(settings.items())
    return text.getvalue()
