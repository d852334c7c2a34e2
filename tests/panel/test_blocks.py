"""Blocks of a panel on disk against the same data in memory."""

import warnings

import numpy as np
import pandas as pd
import pytest

from tests.panel.simulated import tables
from xlfactor.engine.regression import fits
from xlfactor.errors import FactorError
from xlfactor.panel.blocks import blocks, read_block, spans
from xlfactor.panel.store import write_panel
from xlfactor.panel.wide import panel_of
from xlfactor.tables import align


@pytest.fixture(scope="module")
def data():
    return tables()


def in_memory(returns, loadings, caps, weights, lag):
    """F and E of tables.align.panel, by label."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        p = align.panel(returns, loadings, caps=caps, weights=weights, lag=lag)
    F, E = np.full((len(p.dates), len(p.factors.names)), np.nan), np.full(p.R.shape, np.nan)
    for fit in fits(p.R, p.sections, p.W, p.caps):
        F[fit.pattern.dates] = fit.f
        E[np.ix_(fit.pattern.dates, fit.pattern.columns)] = fit.e
    return p.by_factor(F), p.by_asset(E)


def by_blocks(panel, found):
    """F and E of blocks, put together by label."""
    F = np.full((len(panel.dates), len(panel.factors.names)), np.nan)
    E = np.full((len(panel.dates), len(panel.assets)), np.nan)
    for block in found:
        at = panel.dates.get_indexer(block.dates)
        for fit in fits(block.R, block.sections, block.W, block.caps):
            F[at[fit.pattern.dates]] = fit.f
            E[np.ix_(at[fit.pattern.dates], block.places[fit.pattern.columns])] = fit.e
        assert list(block.assets) == list(panel.assets[block.places])
    return pd.DataFrame(F, panel.dates, panel.factors.names), pd.DataFrame(E, panel.dates, panel.assets)


def same(panel, found, memory, tolerance=1e-12):
    (F, E), (F_0, E_0) = by_blocks(panel, found), memory
    assert list(F.columns) == list(F_0.columns)
    np.testing.assert_allclose(F, F_0, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(E.reindex(columns=E_0.columns), E_0, rtol=tolerance, atol=tolerance)
    assert F.notna().any(axis=1).sum() > 20


@pytest.mark.parametrize("lag", [0, 1, 3])
@pytest.mark.parametrize(("with_caps", "with_weights"), [(True, True), (True, False), (False, True), (False, False)])
def test_blocks_of_1_date_7_dates_and_all_give_the_regression_of_the_panel_in_memory(
    tmp_path, data, lag, with_caps, with_weights
):
    returns, loadings, caps, weights = data
    caps, weights = caps if with_caps else None, weights if with_weights else None
    panel = write_panel(tmp_path / "P", panel_of(returns, loadings, caps, weights))
    root = caps**0.5 if with_caps and not with_weights else weights
    memory = in_memory(returns, loadings, caps, root, lag)
    T = len(panel.dates)
    for size in (1, 7, T):
        same(panel, (read_block(panel, k, min(k + size, T), lag) for k in range(0, T, size)), memory)


def size_of(block):
    arrays = [block.R, block.W, block.caps, block.sections.B.S, block.sections.B.codes, block.sections.columns]
    return sum(a.nbytes for a in arrays if a is not None)


def test_blocks_stay_within_their_memory_and_cover_every_date_once(tmp_path, data, monkeypatch):
    monkeypatch.setattr("xlfactor.panel.blocks.ROWS", 0)  # else one row group alone is more than this panel
    panel = write_panel(tmp_path / "P", panel_of(*data))
    for memory in (20_000, 60_000, 1e9):
        found = list(blocks(panel, memory))
        assert [list(b.dates) for b in found] == [list(panel.dates[a:b]) for a, b in spans(panel, memory)]
        assert [d for b in found for d in b.dates] == list(panel.dates)
        assert all(size_of(b) <= memory for b in found)
    assert [len(list(blocks(panel, m))) > 1 for m in (20_000, 60_000, 1e9)] == [True, True, False]
    assert spans(panel, 1) == [(k, k + 1) for k in range(45)]
    same(panel, blocks(panel, 60_000), in_memory(*data, lag=1))


def test_a_block_reads_its_own_partitions_and_no_other(tmp_path, data):
    panel = write_panel(tmp_path / "P", panel_of(*data))
    (tmp_path / "P/2025-12/part-0.parquet").unlink()
    january = int((panel.dates < "2026-01-02").sum())  # the first day of January is explained by the last of December
    assert len(read_block(panel, january, january + 5).dates) == 5
    with pytest.raises(FactorError, match="PANEL_CHANGED"):
        read_block(panel, january - 1, january)


def test_row_groups_of_a_few_dates_give_the_same_blocks(tmp_path, data, monkeypatch):
    monkeypatch.setattr("xlfactor.panel.part.ROWS", 100)
    panel = write_panel(tmp_path / "P", panel_of(*data), "year")
    same(panel, blocks(panel, 1e9, lag=2), in_memory(*data, lag=2))


def test_loadings_of_a_month_explain_the_days_after_them(tmp_path, data):
    returns, loadings, _, _ = data
    days = loadings.index.get_level_values(0).unique()[[0, 13, 32]]
    loadings = loadings[loadings.index.get_level_values(0).isin(days)]
    panel = write_panel(tmp_path / "P", panel_of(returns, loadings))
    for lag in (1, 2):
        memory = in_memory(returns, loadings, None, None, lag)
        for size in (1, 7, 45):
            found = [read_block(panel, k, min(k + size, 45), lag) for k in range(0, 45, size)]
            assert max(len(b.sections.offsets) - 1 for b in found) <= 3
            same(panel, found, memory)


def test_static_loadings_are_those_of_every_date_at_lag_0(tmp_path, data):
    returns, loadings, caps, weights = data
    static = loadings.xs(loadings.index[0][0], level=0)
    panel = write_panel(tmp_path / "P", panel_of(returns, static, caps.iloc[[0]].T, weights))
    memory = in_memory(returns[static.index], static, caps.iloc[[0]].T, weights, lag=0)
    same(panel, blocks(panel, 1e9, lag=0), memory)


def test_the_hash_of_a_block_changes_with_its_rows_and_no_others(tmp_path, data):
    rows = list(panel_of(*data))
    panel = write_panel(tmp_path / "P", rows)
    before = [read_block(panel, k, k + 5).hash for k in range(0, 45, 5)]
    panel = write_panel(tmp_path / "P", rows[12].assign(Value=0.0), replace=True)
    after = [read_block(panel, k, k + 5).hash for k in range(0, 45, 5)]
    assert [k for k in range(9) if before[k] != after[k]] == [2]


def test_a_panel_of_styles_alone_and_one_of_a_family_alone_have_blocks(tmp_path):
    frame = pd.DataFrame({"date": "2026-01-30", "asset": list("ABCD"), "return": [0.01, 0.02, 0.03, np.nan]})
    one = write_panel(tmp_path / "S", frame.assign(Market=1.0))
    assert (one.factors.names, one.factors.constant) == (["Market"], 0)
    block = next(blocks(one, 1e6, lag=0))
    np.testing.assert_array_equal(block.R, [[0.01, 0.02, 0.03, np.nan]])
    np.testing.assert_array_equal(block.W, np.ones((1, 4)))
    assert block.caps is None
    other = write_panel(tmp_path / "F", frame.assign(Sector=["x", "y", "x", None]))
    block = next(blocks(other, 1e6, lag=0))
    assert (other.factors.names, other.factors.family) == (["x", "y"], {"x": "Sector", "y": "Sector"})
    np.testing.assert_array_equal(block.sections.B.codes, [[0], [1], [0], [-1]])


@pytest.mark.parametrize(("options", "line"), [
    ({"memory": 0}, "VALUE_RANGE: memory is 0"), ({"memory": 1e9, "lag": -1}, "VALUE_RANGE: lag is -1"),
])  # fmt: skip
def test_no_memory_and_a_lag_below_0_are_refused(tmp_path, data, options, line):
    panel = write_panel(tmp_path / "P", panel_of(*data))
    with pytest.raises(FactorError, match=line):
        list(blocks(panel, **options))
