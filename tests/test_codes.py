"""The page of codes says all that the package says, and no more."""

import ast
import re
from pathlib import Path

import xlfactor
from xlfactor.codes import CODES, PAGE, page
from xlfactor.functions import catalogue

PACKAGE = Path(xlfactor.__file__).parent
CODE = re.compile(r"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:: .*)?", re.DOTALL)
SINGLE = {"CYCLE", "DOCTOR", "MISSING", "OUTLIER", "TRANSPOSED", "UNSUPPORTED", "UPSTREAM"}
OTHER = {  # variables, and words of other programs
    "ALPINEJS_CSP", "DISP_E_PARAMNOTFOUND", "FIRST_COMPLETED", "INTERPRETER_WIN", "LC_ALL", "OPENBLAS_NUM_THREADS",
    "SOURCE_DATE_EPOCH", "XDG_CONFIG_HOME", "XLFACTOR_MODELS", "XLWINGS_APP_PATH", "XLWINGS_AUTH_PROVIDERS",
    "XLWINGS_CUSTOM_FUNCTIONS_MAX_RETRIES", "XLWINGS_ENVIRONMENT", "XLWINGS_FUNCTIONS_NAMESPACE", "XLWINGS_HOSTNAME",
    "XLWINGS_LICENSE_KEY", "XLWINGS_LOG_LEVEL", "XLWINGS_MANIFEST_ID_PROD", "XLWINGS_ON_SERVER", "XLWINGS_PROJECT_DIR",
    "XLWINGS_PROJECT_NAME", "XLWINGS_REQUEST_TIMEOUT",
}  # fmt: skip


def texts(path: Path) -> set[str]:
    """The texts of a file and the beginnings of its f-strings; neither docstrings nor names."""
    tree = ast.parse(path.read_text())
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def used() -> set[str]:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        if path.name != "codes.py":
            found |= {m[1] for text in texts(path) if (m := CODE.fullmatch(text))} | (texts(path) & SINGLE)
    return found - OTHER - set(catalogue())


def test_every_code_that_is_used_stands_on_the_page_and_no_other():
    assert used() - set(CODES) == set()
    assert set(CODES) - used() == set()


def test_the_page_is_the_table():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m xlfactor.codes"


def test_every_code_has_a_meaning_and_all_but_counts_have_a_cure():
    assert [
        name for name, code in CODES.items() if not code.meaning or (not code.fix and "info" not in code.verdict)
    ] == []
