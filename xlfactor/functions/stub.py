"""Writes xlfactor/__init__.pyi, so that editors and type checkers see what the package imports lazily.

Run `python -m xlfactor.functions.stub` after adding a function; a test holds the file to this text.
"""

from __future__ import annotations

from pathlib import Path

from xlfactor.functions import catalogue

STUB = Path(__file__).parents[1] / "__init__.pyi"


def stub() -> str:
    """One import a function, under the name it has in Python."""
    lines = [
        "from xlfactor.errors import FactorError as FactorError",
        "from xlfactor.errors import FactorWarning as FactorWarning",
        "from xlfactor.model import RiskModel as RiskModel",
    ]
    for name, function in catalogue().items():
        python = name.lower()
        lines.append(f"from {function.call.__module__} import {python} as {python}")
    return "\n".join(sorted(lines)) + "\n\n__version__: str\n"


if __name__ == "__main__":
    STUB.write_text(stub())
