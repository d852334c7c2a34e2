"""Blocks of a panel on disk against the same data in memory."""

import warnings

import numpy as np
import pandas as pd
import pytest

from tests.panel.simulated import tables
from xlfactor.engine.regression import fits
from xlfactor.panel.blocks import read_block
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
    F = pd.DataFrame(np.nan, panel.dates, panel.factors.names)
    E = pd.DataFrame(np.nan, panel.dates, panel.assets)
    for block in found:
        for fit in fits(block.R, block.sections, block.W, block.caps):
            dates = block.dates[fit.pattern.dates]
            F.loc[dates] = fit.f
            E.loc[dates, block.assets[fit.pattern.columns]] = fit.e
    return F, E


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
