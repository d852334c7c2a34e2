"""A panel in blocks gives the model that the functions of the catalogue give at once."""

import warnings

import numpy as np
import pandas as pd
import pytest

import xlfactor
from tests.panel.drawn import STYLES, draw, tables
from xlfactor.errors import FactorError, FactorWarning
from xlfactor.model import RiskModel
from xlfactor.panel import plan as plans
from xlfactor.panel.estimate import estimate
from xlfactor.panel.options import MapOptions, ReduceOptions
from xlfactor.panel.store import write_panel
from xlfactor.panel.task import run_task

T = 60
R_SQUARED = ["r_squared", "adjusted_r_squared"]


@pytest.fixture(scope="module")
def frames():
    return draw(T)


@pytest.fixture(scope="module")
def path(frames, tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel") / "panel"
    write_panel(folder, frames)
    return folder


@pytest.fixture
def blocks_of(monkeypatch):
    """Blocks of a given number of dates, whatever the memory."""

    def cut(n):
        def spans(panel, memory, lag):
            return [(a, min(a + n, len(panel.dates))) for a in range(0, len(panel.dates), n)]

        monkeypatch.setattr(plans, "spans", spans)

    return cut


def at_once(frames, lag=1, winsorize=False, standardize=False, **idio):
    """Factor returns, idio variances and diagnostics by the catalogue's functions on the whole tables."""
    returns, loadings, caps = tables(frames)
    styles, caps = loadings.drop(columns="market").dropna(how="all"), caps.dropna(how="all")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FactorWarning)
        styles = xlfactor.winsorize(styles, by="column") if winsorize else styles
        styles = xlfactor.standardize_loadings(styles, caps) if standardize else styles
        loadings = styles.assign(market=1.0)[loadings.columns]
        given = {"weights": np.sqrt(caps), "caps": caps, "lag": lag}
        F = xlfactor.factor_returns(returns, loadings, **given)
        E = xlfactor.idio_returns(returns, loadings, **given)
        summary = xlfactor.regression_summary(returns, loadings, **given)
        psi = xlfactor.idio_variance(E, caps=caps, **idio)["variance"]
    return F, psi, summary, loadings


@pytest.mark.parametrize("n", [7, 60])
@pytest.mark.parametrize("lag", [0, 1, 3])
def test_blocks_give_what_the_functions_give_at_once(path, frames, blocks_of, tmp_path, n, lag):
    blocks_of(n)
    model, diagnostics = estimate(path, tmp_path / "m.npz", MapOptions(lag=lag))
    F, psi, summary, _ = at_once(frames, lag)
    names = list(F.columns)
    np.testing.assert_allclose(model.factor_returns[names], F, rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(model.idio_variance["variance"].reindex(psi.index), psi, rtol=1e-12)
    expected = xlfactor.factor_covariance(F)
    s = np.sqrt(np.diag(expected))  # what a covariance is small against
    np.testing.assert_allclose(
        model.factor_covariance.loc[names, names] / np.outer(s, s), expected / np.outer(s, s), rtol=0, atol=1e-12
    )
    np.testing.assert_array_equal(diagnostics[["n_assets", "rank"]][lag:], summary[["n_assets", "rank"]][lag:])
    np.testing.assert_allclose(diagnostics[R_SQUARED][lag:], summary[R_SQUARED][lag:], rtol=0, atol=1e-12)  # of 1
    np.testing.assert_allclose(diagnostics["condition_number"][lag:], summary["condition_number"][lag:], rtol=1e-12)


@pytest.mark.parametrize(("winsorize", "standardize"), [(True, True), (True, False), (False, True)])
def test_raw_descriptors_may_be_winsorized_and_standardized_on_the_way(
    path, frames, blocks_of, tmp_path, winsorize, standardize
):
    blocks_of(7)
    model, _ = estimate(path, tmp_path / "m.npz", MapOptions(winsorize=winsorize, standardize=standardize))
    F, psi, _, loadings = at_once(frames, winsorize=winsorize, standardize=standardize)
    np.testing.assert_allclose(model.factor_returns[list(F.columns)], F, rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(model.idio_variance["variance"].reindex(psi.index), psi, rtol=1e-12)
    newest = loadings.loc[loadings.index.get_level_values(0).max()]
    np.testing.assert_allclose(model.loadings.loc[newest.index, STYLES], newest[STYLES], rtol=1e-12, atol=1e-15)


def with_loadings_of_every_tenth_date(frames):
    """Caps of every date, but for one with loadings: the last caps before stand in."""
    columns = ["market", "industry", *STYLES]
    sparse = [frame if k % 10 == 0 else frame.assign(**dict.fromkeys(columns, None)) for k, frame in enumerate(frames)]
    sparse[10] = sparse[10].assign(cap=np.nan)
    return sparse


@pytest.mark.parametrize("n", [4, 60])
def test_loadings_of_every_tenth_date_are_standardized_with_the_caps_of_their_own_date(frames, blocks_of, tmp_path, n):
    blocks_of(n)
    sparse = with_loadings_of_every_tenth_date(frames)
    write_panel(tmp_path / "panel", sparse, families=["industry"], styles=["market", *STYLES])
    model, _ = estimate(tmp_path / "panel", tmp_path / "m.npz", MapOptions(standardize=True))
    F, psi, _, loadings = at_once(sparse, standardize=True)
    np.testing.assert_allclose(model.factor_returns[list(F.columns)], F, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(model.idio_variance["variance"].reindex(psi.index), psi, rtol=1e-12)
    newest = loadings.loc[loadings.index.get_level_values(0).max()]
    np.testing.assert_allclose(model.loadings.loc[newest.index, STYLES], newest[STYLES], rtol=1e-12, atol=1e-15)
    last = sparse[-1].set_index("asset")["cap"]
    assert model.recent_caps is not None
    assert list(model.recent_caps.index) == [sparse[-1]["date"].iloc[0]]
    np.testing.assert_array_equal(model.recent_caps.iloc[-1][last.index], last)


@pytest.mark.parametrize("n", [7, 60])
def test_a_last_cap_of_zero_counts_as_zero_in_idio_shrinkage_however_the_blocks_are_cut(frames, blocks_of, tmp_path, n):
    blocks_of(n)
    zero = [frame.assign(cap=frame["cap"].where(frame["asset"] > "A005", 0.0)) for frame in frames[-9:]]
    given = [*frames[:-9], *zero]
    write_panel(tmp_path / "panel", given)
    model, _ = estimate(tmp_path / "panel", tmp_path / "m.npz", reduction=ReduceOptions(shrinkage_idio=0.5))
    _, psi, _, _ = at_once(given, shrinkage=0.5)
    np.testing.assert_allclose(model.idio_variance["variance"].reindex(psi.index), psi, rtol=1e-12)


def test_a_panel_of_a_market_and_industries_alone_has_nothing_to_standardize(frames, tmp_path):
    write_panel(tmp_path / "panel", [frame.drop(columns=STYLES) for frame in frames])
    asked = MapOptions(winsorize=True, standardize=True)
    model, _ = estimate(tmp_path / "panel", tmp_path / "asked.npz", asked)
    plain, _ = estimate(tmp_path / "panel", tmp_path / "plain.npz")
    pd.testing.assert_frame_equal(model.factor_returns, plain.factor_returns)


def test_caps_that_stand_in_are_part_of_what_a_block_depends_on(frames, blocks_of, tmp_path, monkeypatch):
    blocks_of(4)
    sparse = with_loadings_of_every_tenth_date(frames)
    write_panel(tmp_path / "panel", sparse, families=["industry"], styles=["market", *STYLES])
    estimate(tmp_path / "panel", tmp_path / "m.npz", MapOptions(standardize=True))
    done = counting(monkeypatch)
    revised = sparse[9].assign(cap=2 * sparse[9]["cap"])
    write_panel(tmp_path / "panel", revised, families=["industry"], styles=["market", *STYLES], replace=True)
    estimate(tmp_path / "panel", tmp_path / "m.npz", MapOptions(standardize=True))
    assert done == [(8, 12), (12, 16), (16, 20), (20, 24)]  # date 20 is explained by the loadings of date 10


def test_a_date_with_loadings_and_caps_but_no_return_is_kept_as_it_is(frames, tmp_path):
    """A holiday of the returns: it counts among the last dates, with its own caps and loadings."""
    holiday = [*frames[:58], frames[58].assign(**{"return": np.nan}), frames[59]]
    write_panel(tmp_path / "panel", holiday)
    model, _ = estimate(tmp_path / "panel", tmp_path / "m.npz", MapOptions(lag=3))
    dates = [frame["date"].iloc[0] for frame in frames[-3:]]
    assert model.recent_caps is not None
    assert list(model.recent_caps.index) == dates
    assert model.recent_loadings.index.get_level_values(0).unique().tolist() == dates
    for date, frame in zip(dates, frames[-3:], strict=True):
        rows = frame.set_index("asset")
        np.testing.assert_array_equal(model.recent_caps.loc[date, rows.index], rows["cap"])
        np.testing.assert_array_equal(model.recent_loadings.loc[date].loc[rows.index, STYLES], rows[STYLES])


@pytest.mark.parametrize("standardize", [False, True])
def test_blocks_before_the_first_caps_explain_nothing(frames, blocks_of, tmp_path, standardize):
    blocks_of(4)
    late = [frame.assign(cap=np.nan) if k < 12 else frame for k, frame in enumerate(frames)]
    write_panel(tmp_path / "panel", late)
    model, _ = estimate(tmp_path / "panel", tmp_path / "m.npz", MapOptions(standardize=standardize))
    assert model.factor_returns[:13].isna().all(axis=None)
    write_panel(tmp_path / "later", frames[12:])
    later, _ = estimate(tmp_path / "later", tmp_path / "later.npz", MapOptions(standardize=standardize))
    names = list(later.factor_returns)
    np.testing.assert_allclose(model.factor_returns[12:][names], later.factor_returns, rtol=1e-12, atol=1e-16)


def test_a_date_whose_styles_cannot_be_standardized_is_named_with_them(frames, tmp_path):
    value = frames[30]["value"].where(frames[30]["asset"] == "A003")
    cap = frames[30]["cap"].where(frames[30]["asset"] != "A003")
    write_panel(tmp_path / "panel", [*frames[:30], frames[30].assign(value=value, cap=cap), *frames[31:]])
    date = frames[30]["date"].iloc[0].date()
    with pytest.raises(FactorError, match=rf"WEIGHT_ALL_ZERO: no asset .* \({date}, value\): give caps"):
        estimate(tmp_path / "panel", tmp_path / "m.npz", MapOptions(standardize=True))
    newest = frames[-1].assign(
        value=frames[-1]["value"].where(frames[-1]["asset"] == "A003"),
        cap=frames[-1]["cap"].where(frames[-1]["asset"] != "A003"),
    )
    write_panel(tmp_path / "newest", [*frames[:-1], newest])
    date = frames[-1]["date"].iloc[0].date()
    with pytest.raises(FactorError, match=rf"\({date}, value\)"):
        estimate(tmp_path / "newest", tmp_path / "m.npz", MapOptions(standardize=True))


def test_the_model_file_is_read_and_goes_on_to_the_next_day(path, frames, tmp_path):
    first, _ = estimate(path, tmp_path / "m.npz")
    model = RiskModel.load(tmp_path / "m.npz")
    assert model.input_hash == first.input_hash
    assert model.date == frames[-1]["date"].iloc[0]
    newest = frames[-1].set_index("asset")
    np.testing.assert_array_equal(model.loadings.loc[newest.index, "value"], newest["value"])
    day = pd.DataFrame([0.01 * newest["return"].fillna(0) + 0.01], [model.date + pd.offsets.BDay()])
    updated = model.update(day)
    loadings, caps = newest[["market", "industry", *STYLES]], newest[["cap"]]
    given = {"weights": np.sqrt(caps), "caps": caps}
    f = xlfactor.factor_returns(day, loadings, **given).iloc[0]
    np.testing.assert_allclose(updated.factor_returns.iloc[-1][f.index], f, rtol=1e-12, atol=1e-14)
    e = xlfactor.idio_returns(day, loadings, **given).iloc[0]
    W = model.assets.loc[e.index, "weight"] * 2 ** (-1 / 84)
    expected = (W * model.idio_variance.loc[e.index, "variance"] + e**2) / (W + 1)
    np.testing.assert_allclose(updated.idio_variance.loc[e.index, "variance"], expected, rtol=1e-12)


def test_the_model_file_serves_the_functions_of_a_cell(path, tmp_path, monkeypatch):
    model, _ = estimate(path, tmp_path / "m.npz")
    monkeypatch.setenv("XLFACTOR_MODELS", str(tmp_path))
    names = list(model.loadings.index[:3])
    assert xlfactor.model_loadings("m.npz", names).to_dict("index") == model.loadings.loc[names].to_dict("index")
    np.testing.assert_array_equal(xlfactor.model_factor_covariance("m.npz"), model.factor_covariance)
    variance = xlfactor.model_idio_variance("m.npz", names)["variance"]
    np.testing.assert_array_equal(variance, model.idio_variance.loc[names, "variance"])


def test_the_same_run_gives_the_same_bytes_and_computes_no_block_twice(path, blocks_of, tmp_path, monkeypatch):
    blocks_of(7)
    estimate(path, tmp_path / "m.npz")
    before = (tmp_path / "m.npz").read_bytes()
    monkeypatch.setattr("xlfactor.panel.estimate.run_task", no_task)
    estimate(path, tmp_path / "m.npz", reduction=ReduceOptions(half_life_volatility=20, shrinkage="oas"))
    assert (tmp_path / "m.npz").read_bytes() != before
    estimate(path, tmp_path / "m.npz")
    assert (tmp_path / "m.npz").read_bytes() == before


def no_task(panel, task, options):
    raise AssertionError("computed again")


def counting(monkeypatch):
    done = []

    def run(panel, task, options):
        done.append((task.start, task.stop))
        return run_task(panel, task, options)

    monkeypatch.setattr("xlfactor.panel.estimate.run_task", run)
    return done


def test_a_part_that_is_damaged_and_one_of_a_changed_date_are_computed_again(frames, blocks_of, tmp_path, monkeypatch):
    blocks_of(20)
    write_panel(tmp_path / "panel", frames)
    estimate(tmp_path / "panel", tmp_path / "m.npz")
    before = (tmp_path / "m.npz").read_bytes()
    done = counting(monkeypatch)
    part = next((tmp_path / "m.npz.work").glob("*.npz"))
    part.write_bytes(part.read_bytes()[:-100])
    estimate(tmp_path / "panel", tmp_path / "m.npz")
    assert len(done) == 1
    assert (tmp_path / "m.npz").read_bytes() == before
    revised = frames[30].assign(**{"return": 0.01})
    write_panel(tmp_path / "panel", revised, replace=True)
    done.clear()
    estimate(tmp_path / "panel", tmp_path / "m.npz")
    assert done == [(20, 40)]
    estimate(tmp_path / "panel", tmp_path / "m.npz", MapOptions(half_life_idio=20))
    assert done[1:] == [(0, 20), (20, 40), (40, 60)]
    assert len(list((tmp_path / "m.npz.work").iterdir())) == 3


def test_dates_added_to_the_panel_leave_the_parts_before_them(frames, blocks_of, tmp_path, monkeypatch):
    blocks_of(20)
    write_panel(tmp_path / "panel", frames[:40])
    estimate(tmp_path / "panel", tmp_path / "m.npz")
    write_panel(tmp_path / "panel", frames[40:])
    done = counting(monkeypatch)
    estimate(tmp_path / "panel", tmp_path / "m.npz")
    assert done == [(40, 60)]
