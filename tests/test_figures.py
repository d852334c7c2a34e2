"""The pictures of docs/model.md are what docs/figures.py draws, and show what the page says of them."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

import xlfactor

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "model.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def figures():
    pytest.importorskip("matplotlib")
    return runpy.run_path(str(DOCS / "figures.py"))


@pytest.fixture(scope="module")
def drawn(figures, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    figures["draw"](folder)
    return folder


def drawing(picture: Path) -> tuple[list[str], np.ndarray]:
    """The words of a picture and the places of its marks, in points."""
    text = picture.read_text(encoding="utf-8")
    marks = re.findall(r'<use [^>]*x="([-\d.]+)" y="([-\d.]+)"', text)
    return re.findall(r">([^<>\n]+)</text>", text), np.array(marks, float)


@pytest.mark.parametrize("name", ["collapse", "factors", "explained", "risks"])
def test_a_committed_picture_is_a_fresh_one(name, drawn):
    (words, marks), (fresh_words, fresh_marks) = (drawing(f / f"{name}.svg") for f in (DOCS / "figures", drawn))
    assert len(words) > 4
    assert words == fresh_words, "draw it again: python docs/figures.py"
    assert marks == pytest.approx(fresh_marks, abs=0.5), "draw it again: python docs/figures.py"
    assert f"figures/{name}.svg" in PAGE


def test_three_assets_collapse_under_the_classic_iteration_and_none_under_reml(figures):
    panel = figures["simulated"](30252)
    B, psi = panel.loadings.to_numpy(), panel.psi.to_numpy()
    hat = B @ np.linalg.inv(B.T @ np.diag(1 / psi) @ B) @ B.T @ np.diag(1 / psi)  # another route to the leverages
    lost = xlfactor.idio_covariance(panel.returns, panel.loadings, "iterated")["status"] == "collapsed"
    assert sorted(np.diag(hat)[lost].round(2)) == [0.32, 0.48, 0.58]
    assert set(xlfactor.idio_covariance(panel.returns, panel.loadings)["status"]) == {"ok"}


def test_the_likelihood_of_the_classic_iteration_leaves_that_of_reml_behind(figures):
    panel = figures["simulated"](30252)
    last = {
        method: xlfactor.idio_convergence(panel.returns, panel.loadings, method, floor=1e-6)["log_likelihood"].iloc[-1]
        for method in ("iterated", "reml")
    }
    assert last["iterated"] > last["reml"] + 5000


def test_each_illness_is_seen_by_the_tests_of_its_risk(figures):
    seen = {}
    for name, given in figures["patients"]().items():
        found = xlfactor.diagnose_model(*given)
        seen[name.replace("\n", " ")] = {risk for risk, status in found["status"].items() if status != "OK"}
    assert seen == {
        "healthy": set(),
        "a factor is missing": {"specification"},
        "9 assets, 5 factors": {"estimation", "multicollinearity"},
        "loadings turned": {"specification", "non-stationarity"},
        "two factors alike": {"multicollinearity"},
    }
