"""The labelled regression functions: golden cases, labels, dates, missing returns, refusals."""

import csv

import numpy as np
import pandas as pd
import pytest

import xlfactor
from tests.golden import GOLDEN, MIC_EXAMPLE, need_mic_example
from xlfactor.errors import FactorError, FactorWarning


@pytest.fixture
def panel():
    rng = np.random.default_rng(20)
    assets = [f"S{n}" for n in range(40)]
    loadings = pd.DataFrame(
        {
            "Market": 1.0,
            "Size": rng.normal(size=40),
            "Industry": [*"ABCD", *rng.choice(list("ABCD"), 36)],
            "Value": rng.normal(size=40),
        },
        index=assets,
    )
    dates = pd.bdate_range("2025-01-01", periods=12, name="Date")
    returns = pd.DataFrame(rng.normal(0, 0.02, (12, 40)), dates, assets)
    caps = pd.Series(rng.lognormal(size=40), assets)
    return returns, loadings, caps


def dense(loadings, names):
    columns = {name: loadings[name] if name in loadings else (loadings["Industry"] == name) for name in names}
    return pd.DataFrame(columns).to_numpy(float)


def kkt(B, w, r, s):
    M = np.block([[B.T @ (w[:, None] * B), s[:, None]], [s[None], np.zeros((1, 1))]])
    return np.linalg.solve(M, [*(B.T @ (w * r)), 0.0])[:-1]


def shares(loadings, caps, names):
    return np.array([0.0 if n in loadings else caps[loadings["Industry"] == n].sum() for n in names]) / caps.sum()


def test_market_industries_and_styles_equal_the_bordered_system_to_1e_10(panel):
    returns, loadings, caps = panel
    returns.iloc[3, 5] = np.nan
    F = xlfactor.factor_returns(returns, loadings, weights=np.sqrt(caps), caps=caps)
    assert list(F.columns) == ["Market", "Size", *dict.fromkeys(loadings["Industry"]), "Value"]
    B, s = dense(loadings, F.columns), shares(loadings, caps, F.columns)
    for date, r in returns.iterrows():
        keep = r.notna().to_numpy()
        f = kkt(B[keep], np.sqrt(caps.to_numpy())[keep], r.to_numpy()[keep], s)
        np.testing.assert_allclose(F.loc[date], f, rtol=0, atol=1e-12)


def test_factors_returns_plus_idio_returns_are_the_returns(panel):
    returns, loadings, caps = panel
    F = xlfactor.factor_returns(returns, loadings, caps=caps)
    E = xlfactor.idio_returns(returns, loadings, caps=caps)
    np.testing.assert_allclose(F @ dense(loadings, F.columns).T + E.to_numpy(), returns, atol=1e-15)


def test_shuffled_inputs_move_no_number_by_label(panel):
    returns, loadings, caps = panel
    F = xlfactor.factor_returns(returns, loadings, caps=caps)
    other = xlfactor.factor_returns(
        returns.sample(frac=1, axis=1, random_state=1),
        loadings.sample(frac=1, random_state=2)[["Value", "Industry", "Market", "Size"]],
        caps=caps.sample(frac=1, random_state=3),
    )
    np.testing.assert_allclose(other[F.columns], F, atol=1e-14)


def test_dates_newest_first_give_the_same_rows_in_that_order(panel):
    returns, loadings, _ = panel
    F = xlfactor.factor_returns(returns, loadings)
    with pytest.warns(FactorWarning, match="DATES_SORTED"):
        back = xlfactor.factor_returns(returns[::-1], loadings)
    pd.testing.assert_frame_equal(back, F[::-1])


def dated(loadings, dates, rng):
    parts = {date: loadings.assign(Size=rng.normal(size=len(loadings))) for date in dates}
    return pd.concat(parts, names=["Date", "Asset"])


def test_dated_loadings_of_the_lag_th_last_date_strictly_before_explain_a_return(panel):
    returns, loadings, _ = panel
    days = returns.index[[0, 2, 3, 7]]
    B = dated(loadings, days, np.random.default_rng(1))
    for lag in (0, 1, 2):
        F = xlfactor.factor_returns(returns, B, lag=lag)
        for t, date in enumerate(returns.index):
            known = [d for d in days if d < date][::-1] if lag else [d for d in days if d <= date][::-1]
            place = max(lag - 1, 0)
            if len(known) <= place:
                assert F.iloc[t].isna().all()
            else:
                expected = xlfactor.factor_returns(returns.iloc[[t]], B.loc[known[place]])
                np.testing.assert_allclose(F.iloc[[t]][expected.columns], expected, atol=1e-14)


def test_later_loadings_and_returns_leave_earlier_rows_bit_identical(panel):
    returns, loadings, _ = panel
    B = dated(loadings, returns.index, np.random.default_rng(2))
    F = xlfactor.factor_returns(returns, B)
    later, changed = returns.copy(), B.copy()
    later.iloc[8:] *= 3
    changed.loc[returns.index[7:], "Size"] = 9.0 * changed.loc[returns.index[7:], "Value"]
    np.testing.assert_array_equal(F.iloc[:8], xlfactor.factor_returns(later, changed).iloc[:8])


def test_dated_weights_never_look_ahead(panel):
    returns, loadings, _ = panel
    weights = pd.DataFrame(np.random.default_rng(3).uniform(1, 2, returns.shape), returns.index, returns.columns)
    F = xlfactor.factor_returns(returns, loadings, weights=weights)
    assert F.iloc[0].isna().all()
    expected = xlfactor.factor_returns(returns.iloc[[5]], loadings, weights=weights.iloc[4])
    np.testing.assert_allclose(F.iloc[[5]], expected, atol=1e-14)


def test_a_date_with_too_few_assets_is_missing_and_counted(panel):
    returns, loadings, _ = panel
    returns.iloc[4, 8:] = np.nan
    F = xlfactor.factor_returns(returns, loadings)
    summary = xlfactor.regression_summary(returns, loadings)
    assert F.iloc[4].isna().all()
    assert F.drop(returns.index[4]).notna().all(axis=None)
    assert summary["n_assets"].tolist() == [40.0] * 4 + [8.0] + [40.0] * 7
    assert summary.iloc[4, 1:].isna().all()


def test_idio_variance_weights_are_the_reciprocals(panel):
    returns, loadings, caps = panel
    psi = pd.DataFrame({"variance": caps, "annual_volatility": 1.0})
    one = xlfactor.factor_returns(returns, loadings, psi)
    two = xlfactor.factor_returns(returns, loadings, weights=1 / caps)
    np.testing.assert_allclose(one, two, atol=1e-14)


@need_mic_example
def test_g1_market_three_sectors_two_countries():
    """Published R vignette; the inputs stay in the shared folder."""
    with MIC_EXAMPLE.open() as file:
        rows = list(csv.DictReader(file))
    dates = pd.bdate_range("2024-01-01", periods=5)
    returns = pd.DataFrame(index=dates, columns=dict.fromkeys(row["TICKER"] for row in rows), dtype=float)
    for row in rows:
        returns.loc[dates[int(row["DATE"]) - 1], row["TICKER"]] = float(row["RET"])
    first = {row["TICKER"]: row for row in rows}
    loadings = pd.DataFrame(
        {
            "Market": 1.0,
            "SECTOR": {t: r["SECTOR"] for t, r in first.items()},
            "COUNTRY": {t: r["COUNTRY"] for t, r in first.items()},
        }
    )
    expected = pd.read_csv(GOLDEN / "mic_factor_returns.csv")
    F = xlfactor.factor_returns(returns, loadings, lag=0)
    np.testing.assert_allclose(F[expected.columns], expected, rtol=1e-10)


def test_a_value_that_two_families_share_gets_the_family_in_its_name(panel):
    returns, loadings, _ = panel
    loadings["Country"] = ["A", "X"] * 20
    F = xlfactor.factor_returns(returns, loadings)
    assert {"Industry: A", "Country: A", "B", "X"} <= set(F.columns)


def test_two_families_obey_two_constraints_with_missing_returns_and_dated_loadings(panel):
    returns, loadings, caps = panel
    loadings["Country"] = [*"XYZ", *np.random.default_rng(4).choice(list("XYZ"), 37)]
    returns.iloc[6, [4, 9, 30]] = np.nan
    names = xlfactor.factor_returns(returns, loadings).columns
    families = {n: "Industry" if n in "ABCD" else "Country" for n in names if n not in loadings}
    B = np.column_stack([loadings[families[n]] == n if n in families else loadings[n] for n in names]).astype(float)
    share = caps.to_numpy() @ B / caps.sum()
    s = np.array([[share[j] * (families.get(n) == family) for j, n in enumerate(names)] for family in
                  ("Industry", "Country")])  # fmt: skip
    dates = pd.concat({returns.index[0] - pd.Timedelta(days=1): loadings}, names=["Date", "Asset"])
    F = xlfactor.factor_returns(returns, dates, weights=np.sqrt(caps), caps=caps)
    np.testing.assert_allclose(F @ s.T, 0, atol=1e-16)
    for date, r in returns.iterrows():
        keep = r.notna().to_numpy()
        b, w = B[keep], np.sqrt(caps.to_numpy())[keep]
        M = np.block([[b.T @ (w[:, None] * b), s.T], [s, np.zeros((2, 2))]])
        f = np.linalg.solve(M, [*(b.T @ (w * r.to_numpy()[keep])), 0, 0])[:-2]
        np.testing.assert_allclose(F.loc[date], f, atol=1e-13)
    assert (xlfactor.regression_summary(returns, loadings, caps=caps)["rank"] == len(names) - 2).all()


def test_a_family_nested_in_another_is_of_minimum_norm_and_shows_in_the_rank(panel):
    returns, loadings, _ = panel
    loadings["Sector"] = loadings["Industry"].replace({"A": "AB", "B": "AB", "C": "CD", "D": "CD"})
    plain = xlfactor.idio_returns(returns, loadings.drop(columns="Sector"))
    np.testing.assert_allclose(xlfactor.idio_returns(returns, loadings), plain, atol=1e-14)
    rank = xlfactor.regression_summary(returns, loadings)["rank"]
    np.testing.assert_array_equal(rank, xlfactor.regression_summary(returns, loadings.drop(columns="Sector"))["rank"])


def test_huber_equals_statsmodels_on_the_weighted_regression(panel):
    sm = pytest.importorskip("statsmodels.api")
    returns, loadings, caps = panel
    returns.iloc[2, 7] = 0.5
    styles = loadings.drop(columns="Industry")
    F = xlfactor.factor_returns(returns, styles, weights=np.sqrt(caps), method="huber")
    t = xlfactor.factor_tstats(returns, styles, weights=np.sqrt(caps), method="huber")
    root = caps.to_numpy() ** 0.25
    for date, r in returns.iterrows():
        X = root[:, None] * styles.to_numpy(float)
        model = sm.RLM(root * r.to_numpy(), X).fit(conv="coefs", tol=1e-13, maxiter=1000)
        np.testing.assert_allclose(F.loc[date], model.params, rtol=0, atol=2e-11 * model.scale)
        np.testing.assert_allclose(t.loc[date], model.tvalues, rtol=1e-8, atol=1e-8)


def test_under_huber_a_date_with_too_few_assets_is_missing_and_no_date_at_all_is_refused(panel):
    returns, loadings, _ = panel
    returns.iloc[4, 8:] = np.nan
    F = xlfactor.factor_returns(returns, loadings, method="huber")
    assert F.iloc[4].isna().all()
    assert F.drop(returns.index[4]).notna().all(axis=None)
    with pytest.raises(FactorError, match="FEW_ASSETS: no date has 9 assets with a return, loadings and a weight"):
        xlfactor.factor_returns(
            returns.where(np.arange(40) % 10 == np.arange(12)[:, None] % 10), loadings, method="huber"
        )


def test_under_huber_one_wild_return_moves_the_factor_returns_little_and_stays_in_the_idio_return(panel):
    returns, loadings, caps = panel
    loadings, wild = loadings.drop(columns="Industry"), returns.copy()
    wild.iloc[2, 7] += 5
    moved = {
        method: abs(xlfactor.factor_returns(wild, loadings, caps=caps, method=method).iloc[2]
                    - xlfactor.factor_returns(returns, loadings, caps=caps, method=method).iloc[2]).max()
        for method in ("wls", "huber")
    }  # fmt: skip
    assert moved["huber"] < 0.1 * moved["wls"]
    assert xlfactor.idio_returns(wild, loadings, caps=caps, method="huber").iloc[2, 7] > 4.9
    summary = xlfactor.regression_summary(wild, loadings, method="huber")
    assert summary["n_assets"].eq(40).all()
    assert summary["r_squared"].between(0, 1).all()


def refusal(*args, **options) -> FactorError:
    with pytest.raises(FactorError) as caught:
        xlfactor.factor_returns(*args, **options)
    return caught.value


def test_refusals_say_what_where_and_what_to_do(panel):
    returns, loadings, caps = panel
    assert str(refusal(returns, loadings, method="wsl")).endswith("did you mean wls?")
    assert refusal(returns, loadings, caps.to_frame("variance"), caps).code == "WEIGHTS_TWICE"
    assert refusal(returns, loadings, weights=-caps).code == "VALUE_RANGE"
    assert refusal(returns, loadings, weights=0 * caps).code == "WEIGHT_ALL_ZERO"
    assert refusal(returns.iloc[:, :8], loadings).code == "FEW_ASSETS"
    assert refusal(returns, loadings, lag=-1).code == "VALUE_RANGE"
    assert refusal(returns, loadings.rename(index=lambda a: "X" + a)).code == "FEW_ASSETS"
    twice = returns.rename(columns={"S3": "S7"})
    assert str(refusal(twice, loadings)) == (
        "DUP_ASSET: returns list the asset S7 twice (columns 5, 9): rename or delete one"
    )
    mixed = loadings.astype({"Industry": object})
    mixed.loc["S3", "Industry"] = 4.0
    assert refusal(returns, mixed).code == "NUM_BAD"


def test_assets_in_one_table_only_are_left_out_and_named(panel):
    returns, loadings, _ = panel
    with pytest.warns(FactorWarning, match="ASSET_UNUSED: left out 1 asset with returns but no loadings: S0"):
        F = xlfactor.factor_returns(returns, loadings.drop("S0"))
    np.testing.assert_array_equal(F, xlfactor.factor_returns(returns.drop(columns="S0"), loadings.drop("S0")))


def test_assets_without_a_weight_a_cap_or_a_loading_are_named(panel):
    returns, loadings, caps = panel
    with pytest.warns(FactorWarning, match="WEIGHT_MISSING: not estimated on for want of weights: 1 asset: S3"):
        F = xlfactor.factor_returns(returns, loadings, weights=caps.drop("S3"))
    zero = caps.copy()
    zero["S3"] = 0.0
    np.testing.assert_array_equal(F, xlfactor.factor_returns(returns, loadings, weights=zero))
    with pytest.warns(FactorWarning, match="WEIGHT_MISSING: not estimated on for want of idio_variance: 1 asset: S3"):
        xlfactor.factor_returns(returns, loadings, caps.drop("S3").to_frame("variance"))
    with pytest.warns(FactorWarning, match="CAP_MISSING: no cap, and so no share in the families' sums: 1 asset: S3"):
        xlfactor.factor_returns(returns, loadings, caps=caps.drop("S3"))
    loadings.loc["S3", "Size"] = np.nan
    with pytest.warns(FactorWarning, match="LOADING_MISSING: left out for a missing loading: 1 asset: S3"):
        F = xlfactor.factor_returns(returns, loadings)
    without = xlfactor.factor_returns(returns.drop(columns="S3"), loadings.drop("S3"))
    np.testing.assert_allclose(F, without, rtol=1e-12)  # sums over one row less may end in another bit


def test_a_date_before_the_first_dated_caps_is_missing_and_not_solved_without_its_constraint(panel):
    returns, loadings, caps = panel
    dated_caps = pd.DataFrame([caps, 2 * caps], returns.index[[0, 5]])
    F = xlfactor.factor_returns(returns, loadings, caps=dated_caps)
    assert F.iloc[0].isna().all()
    np.testing.assert_allclose(F.iloc[1:], xlfactor.factor_returns(returns, loadings, caps=caps).iloc[1:], atol=1e-14)


@pytest.mark.parametrize("shift", [0.0, 1e-9])
def test_loadings_that_cannot_be_told_apart_are_named(panel, shift):
    returns, loadings, _ = panel
    loadings["Twin"] = loadings["Value"] + shift * loadings["Size"]
    for function in (xlfactor.factor_returns, xlfactor.factor_tstats):
        with pytest.warns(FactorWarning, match="FACTOR_COLLINEAR: on 12 dates .* apart: .*Value, Twin"):
            function(returns, loadings)


def test_two_constants_are_named_and_sound_loadings_are_not(panel, recwarn):
    returns, loadings, _ = panel
    xlfactor.factor_returns(returns, loadings)
    assert not recwarn.list
    with pytest.warns(FactorWarning, match="FACTOR_COLLINEAR: .* apart: Market, Two$"):
        xlfactor.factor_returns(returns, loadings.assign(Two=2.0))


def test_the_summary_of_a_return_that_is_one_constant_has_no_r_squared(panel):
    returns, loadings, _ = panel
    returns.iloc[2] = 0.01
    summary = xlfactor.regression_summary(returns, loadings)
    assert summary.iloc[2][["r_squared", "adjusted_r_squared"]].isna().all()
    assert summary.drop(returns.index[2]).notna().all(axis=None)


def test_the_noise_of_a_value_that_is_sometimes_absent_is_that_of_its_own_dates(panel):
    returns, loadings, caps = panel
    psi = pd.DataFrame({"variance": caps})
    full = xlfactor.factor_noise(returns, loadings, psi)
    gone = loadings.index[loadings["Industry"] == "B"]
    returns.loc[returns.index[:6], gone] = np.nan
    half = xlfactor.factor_noise(returns, loadings, psi)
    np.testing.assert_allclose(half.loc["B"], full.loc["B"], rtol=1e-12)
    returns[gone] = np.nan
    never = xlfactor.factor_noise(returns, loadings, psi)
    assert never.loc["B"].isna().all()
    assert never.drop("B").drop(columns="B").notna().all(axis=None)
