"""For who writes Python: help() says the types and choices, and a type checker knows the public names."""

from __future__ import annotations

import importlib.util
import inspect
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import xlfactor
from tests.needs import need, require
from xlfactor.functions import catalogue

ROOT = Path(__file__).parents[1]
USE = """import pandas as pd

import xlfactor
from xlfactor import FactorError, RiskModel


def variance(returns: pd.DataFrame, loadings: pd.DataFrame, caps: pd.DataFrame | None = None) -> pd.DataFrame:
    factor_returns = xlfactor.factor_returns(returns, loadings, caps=caps, method="huber", lag=0)
    return xlfactor.factor_covariance(factor_returns)


def model(returns: pd.DataFrame, loadings: pd.DataFrame, path: str) -> RiskModel | str:
    try:
        made = RiskModel.estimate(returns, loadings)
    except FactorError as error:
        return error.code
    made.save(path)
    return RiskModel.load(path)


version: str = xlfactor.xlfactor_version()
"""
WRONG = 'xlfactor.factor_returns(pd.DataFrame(), pd.DataFrame(), method="hubr")\nxlfactor.factor_return\n'


def shown_by_help(name: str) -> str:
    import pydoc

    text = pydoc.render_doc(getattr(xlfactor, name), renderer=pydoc.plaintext)
    return text.replace("pandas.core.frame.", "pandas.")  # as pandas 2 calls it


def test_help_of_factor_returns_begins_with_types_choices_defaults_and_one_line():
    lines = shown_by_help("factor_returns")
    signature = re.sub(r"\s+", " ", lines.partition("factor_returns(")[2].partition("\n    Factor")[0]).strip(" ,")
    assert signature.replace("( ", "(").replace(", )", ")") == (
        "returns: pandas.DataFrame, loadings: pandas.DataFrame, idio_variance: pandas.DataFrame | None = None, "
        "weights: pandas.DataFrame | None = None, caps: pandas.DataFrame | None = None, "
        "method: Literal['wls', 'huber'] = 'wls', lag: int = 1) -> pandas.DataFrame"
    )
    assert "\n    Factor returns by weighted cross-sectional regression, one row per date.\n" in lines
    assert "\n    Raises FEW_ASSETS" in lines
    assert "\n    Source: " in lines


@pytest.mark.parametrize("name", catalogue())
def test_help_of_every_function_shows_types_and_not_our_names_for_them(name):
    signature = inspect.signature(getattr(xlfactor, name.lower()))
    annotations = [p.annotation for p in signature.parameters.values()] + [signature.return_annotation]
    assert not [a for a in annotations if isinstance(a, str) or a is inspect.Parameter.empty]
    assert "Annotated" not in str(signature)


@need(importlib.util.find_spec("mypy") is not None, "mypy is not installed (extra test)")
def test_the_public_names_pass_mypy_strict_and_a_wrong_choice_does_not(tmp_path):
    (tmp_path / "use.py").write_text(USE + WRONG)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(tmp_path), "use.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=180)
    of_wrong = USE.count("\n") + 1
    found = [tuple(m) for m in re.findall(r"^use\.py:(\d+): error: .*\[([\w-]+)\]", done.stdout, re.M)]
    expected = [(f"{of_wrong}", "arg-type"), (f"{of_wrong + 1}", "attr-defined")]
    assert found == expected, done.stdout + done.stderr
    assert "expected \"Literal['wls', 'huber']\"" in done.stdout


def test_the_wheel_says_that_it_is_typed_and_brings_the_stub(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    require(done.returncode == 0, f"the wheel could not be built here: {done.stderr.strip()[-200:]}")
    (wheel,) = tmp_path.glob("*.whl")
    assert {"xlfactor/py.typed", "xlfactor/__init__.pyi"} <= set(zipfile.ZipFile(wheel).namelist())
