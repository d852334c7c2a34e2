"""What `xlfactor estimate` refuses, each in one line; and the command from end to end."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.panel.drawn import draw
from xlfactor.cli import app
from xlfactor.model import RiskModel
from xlfactor.panel.store import write_panel


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel") / "panel"
    write_panel(folder, draw(40))
    return folder


def call(*arguments):
    return CliRunner().invoke(app, ["estimate", *map(str, arguments)])


def line(result, code):
    assert result.exit_code in (3, 4), result.output
    found = [text for text in result.stderr.splitlines() if text.startswith("error")]
    assert len(found) == 1
    assert code in found[0]
    return found[0]


def test_the_command_writes_a_model_and_the_diagnostics_of_each_date(path, tmp_path):
    result = call(path, "--out", tmp_path / "m.npz", "--json", "--standardize")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["outputs"] == [str(tmp_path / "m.npz"), str(tmp_path / "m_diagnostics.csv")]
    assert said["as_of"] == "2024-02-23"
    assert result.stderr == ""
    model = RiskModel.load(tmp_path / "m.npz")
    assert model.input_hash == said["input_hash"]
    assert len((tmp_path / "m_diagnostics.csv").read_text().splitlines()) == 41


def test_the_bar_is_left_out_where_nobody_sees_it(path, tmp_path):
    result = call(path, "--out", tmp_path / "m.npz")
    assert "39 of 40 dates estimated, as of 2024-02-23" in result.stdout
    assert "blocks" not in result.output
    quiet = call(path, "--out", tmp_path / "m.npz", "--quiet")
    assert (quiet.exit_code, quiet.output) == (0, "")


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--memory", "100MB"], "MEMORY_SMALL", "GB, --memory is 0.1 GB: pass --memory 0."),
        (["--memory", "much"], "VALUE_RANGE", "memory is 'much': write it as 2GB or 1500MB"),
        (["--weights", "sqrtcap"], "OPTION_UNKNOWN", "did you mean sqrt_cap?"),
        (["--weights", "weight"], "CAPS_MISSING", "weights weight need a column weight in the panel"),
        (["--shrinkage", "lots"], "OPTION_UNKNOWN", "shrinkage is 'lots'"),
        (["--lag", "-1"], "VALUE_RANGE", "lag is -1: type 0 or more"),
        (["--half-life-idio", "-1"], "VALUE_RANGE", "half_life_idio is -1"),
        (["--scheduler", "nowhere"], "NO_SCHEDULER", "no Dask scheduler answers at nowhere"),
    ],
)  # fmt: skip
def test_an_option_that_makes_no_sense_is_one_line(path, tmp_path, options, code, words):
    assert words in line(call(path, "--out", tmp_path / "m.npz", *options), code)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_panel_and_a_missing_folder_are_said(path, tmp_path):
    line(call(tmp_path / "none", "--out", tmp_path / "m.npz"), "FILE_NOT_FOUND")
    line(call(path, "--out", tmp_path / "none" / "m.npz"), "FOLDER_MISSING")


def test_a_panel_without_returns_or_with_too_few_assets_is_said(tmp_path):
    frames = draw(3)
    write_panel(tmp_path / "none", [frame.assign(**{"return": np.nan}) for frame in frames])
    line(call(tmp_path / "none", "--out", tmp_path / "m.npz"), "NO_DATES")
    write_panel(tmp_path / "few", [frame.iloc[:6] for frame in frames])
    text = line(call(tmp_path / "few", "--out", tmp_path / "m.npz"), "FEW_ASSETS")
    assert "no date has 8 assets with a return, loadings and a weight" in text
    write_panel(tmp_path / "short", frames)
    assert "no asset has 21 idio returns" in line(call(tmp_path / "short", "--out", tmp_path / "m.npz"), "FEW_DATES")


def test_a_panel_that_changes_during_the_run_is_said_and_nothing_is_written(tmp_path, monkeypatch):
    from xlfactor.panel import estimate as module

    frames = draw(40)
    write_panel(tmp_path / "panel", frames)

    def run_and_change(*arguments):
        part = module_run(*arguments)
        write_panel(tmp_path / "panel", frames[20].assign(**{"return": 0.0}), replace=True)
        return part

    module_run = module.run_task
    monkeypatch.setattr(module, "run_task", run_and_change)
    text = line(call(tmp_path / "panel", "--out", tmp_path / "m.npz"), "CHANGED_DURING_RUN")
    assert "the panel was written to during the run" in text
    assert not (tmp_path / "m.npz").exists()
