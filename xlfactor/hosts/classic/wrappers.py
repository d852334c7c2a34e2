"""The VBA functions of the catalogue, as xlwings' own generator writes them."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from types import SimpleNamespace

from xlfactor.errors import FactorError
from xlfactor.functions import catalogue
from xlfactor.hosts.classic.windows import import_xlwings_of_windows

MODULE = "xlwings_udfs"  # the module that xlwings' Import Functions replaces
SERVED = "xlfactor.hosts.excel"
HEAD = '#Const App = "Microsoft Excel" \'Adjust when using outside of Excel\n'


def wrappers() -> str:
    """The source of the module xlwings_udfs, made in a process of its own."""
    done = subprocess.run([sys.executable, "-m", __name__], capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise FactorError(
            "XLWINGS_FAILED", f"xlwings did not write the VBA functions: {reason}", "python -m pip install -U xlwings"
        )
    return HEAD + spelled_as_functions(done.stdout)


def spelled_as_functions(vba: str) -> str:
    """Arguments called like a function in its spelling.

    VBA keeps one spelling for a name: the argument factor_returns would show FACTOR_RETURNS in lower case.
    """
    names = "|".join(catalogue())
    return re.sub(rf"\b(?:{names})\b", lambda match: match[0].upper(), vba, flags=re.IGNORECASE)


def generate() -> str:
    """What xlwings writes for an add-in; only in a process that sees xlwings as on Windows."""
    from xlwings import udfs

    text = io.StringIO()
    module = udfs.get_udf_module(SERVED, None)  # type: ignore[no-untyped-call]
    # the ending .xlam makes the functions work on the active workbook, not on the add-in
    udfs.generate_vba_wrapper(SERVED, module, text, SimpleNamespace(Name="xlfactor.xlam"))  # type: ignore[no-untyped-call]
    return text.getvalue()


if __name__ == "__main__":
    import_xlwings_of_windows()
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    print(generate())
