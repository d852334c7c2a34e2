"""The runner of the benchmarks: it finds them by itself, and a tiny one runs. Nothing here is timed."""

import importlib

from benchmarks.__main__ import light, main, names
from benchmarks.limits import Limits
from benchmarks.memory import peak_megabytes
from benchmarks.panels import arrays, tables
from benchmarks.report import Report
from benchmarks.timing import interleaved


def test_every_benchmark_is_found_and_has_its_run():
    assert "dated_regression" in names()
    for name in names():
        assert callable(importlib.import_module(f"benchmarks.{name}").run), name


def test_a_heavy_benchmark_runs_only_when_it_is_named():
    assert "cluster" in names()
    assert "cluster" not in light()
    assert "dated_regression" in light()


def test_an_unknown_name_lists_the_benchmarks(capsys):
    assert main(["dated_regresion"]) == 2
    assert "no benchmark named dated_regresion; there are " in capsys.readouterr().err


def test_a_pair_is_timed_and_becomes_a_row_with_its_ratio_and_its_share_of_the_floor(capsys):
    pair = interleaved(lambda: sum(range(1000)), lambda: sum(range(200_000)), runs=3)
    assert pair.ratio > 1
    report = Report("tiny", Limits(gflops=10, gigabytes_per_second=5))
    report.row("sums", 2.0, 8.0, target="≥ 3", floor=report.limits.floor(flops=10e9, bytes_moved=2e9))
    assert report.rows[0]["ratio"] == 4
    assert "50%" in capsys.readouterr().out  # one second of flops, less of memory


def test_the_arrays_and_the_tables_of_a_panel_are_the_same_numbers():
    panel = arrays("tiny")
    t = tables(panel)
    assert t.loadings.shape == (12 * 60, 12)
    assert t.loadings["Style3"].to_numpy().tolist() == panel.sections.B.S[:, 3].tolist()
    assert t.loadings["Industry"].iloc[7] == f"Industry{panel.sections.B.codes[7, 0]:02d}"


def test_the_peak_of_a_call_is_measured_in_its_own_process():
    assert 0 <= peak_megabytes("benchmarks.dated_regression:prepared", "tiny") < 100
