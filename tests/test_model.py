"""RiskModel against the catalogue's functions, against itself estimated anew, and against what a file may hold."""

import dataclasses
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import xlfactor
from xlfactor import FactorError, RiskModel
from xlfactor.engine.idio_variance import variances
from xlfactor.engine.weights import ewma_weights
from xlfactor.tables.parse import read

N, T, DAYS = 30, 130, 4
INDUSTRIES = np.array(["Tech", "Energy", "Banks"])
ASSETS = pd.Index([f"A{i:02d}" for i in range(N)], name="Asset")
DATES = pd.bdate_range("2024-01-02", periods=T, name="Date")


def draw(seed=0, noise=1.0):
    """Returns with gaps, static loadings, caps and the true factor returns and idio variances, daily."""
    rng = np.random.default_rng(seed)
    styles = rng.normal(size=(N, 2))
    B = np.column_stack([np.ones(N), (INDUSTRIES[:, None] == INDUSTRIES[np.arange(N) % 3]).T, styles])
    F = rng.normal(size=(T, 6)) * [0.01, 0.004, 0.004, 0.004, 0.003, 0.003]
    caps = rng.lognormal(8, 1, N)
    share = np.bincount(np.arange(N) % 3, caps) / caps.sum()
    F[:, 0] += F[:, 1:4] @ share
    F[:, 1:4] -= (F[:, 1:4] @ share)[:, None]  # the families' cap-weighted sum is zero
    psi = rng.uniform(1e-4, 4e-4, N)
    R = F @ B.T + noise * rng.normal(size=(T, N)) * np.sqrt(psi)
    loadings = pd.DataFrame(
        {"market": 1.0, "Industry": INDUSTRIES[np.arange(N) % 3], "value": styles[:, 0], "size": styles[:, 1]}, ASSETS
    )
    return pd.DataFrame(R, DATES, list(ASSETS)), loadings, pd.DataFrame({"cap": caps}, ASSETS), F, psi


def dated(loadings, dates=DATES, seed=1):
    """The same loadings on every date, their styles drifting."""
    rng = np.random.default_rng(seed)
    parts = {}
    for date in dates:
        table = loadings.copy()
        table[["value", "size"]] += rng.normal(scale=0.05, size=(len(table), 2))
        parts[date] = table
    return pd.concat(parts, names=["Date", "Asset"])


def gaps(returns, share=0.05, seed=2):
    return returns.mask(np.random.default_rng(seed).random(returns.shape) < share)


def same(one, two, tolerance=1e-10):
    """Every number of two models, to a relative 1e-10; every label and parameter."""
    for name in ("factor_covariance", "factor_returns", "idio_variance", "assets", "loadings"):
        a, b = getattr(one, name), getattr(two, name)
        if name in ("idio_variance", "assets"):
            b = b.reindex(a.index)
        pd.testing.assert_frame_equal(a, b, check_exact=False, rtol=tolerance, atol=1e-16, check_freq=False)
    assert (one.family, one.constant, one.parameters, one.date) == (two.family, two.constant, two.parameters, two.date)


def test_noise_free_factor_returns_and_their_covariance_are_recovered():
    returns, loadings, caps, F, _ = draw(noise=1e-9)
    model = RiskModel.estimate(returns, loadings, caps)
    np.testing.assert_allclose(model.factor_returns, F, atol=1e-10)
    w = 0.5 ** (np.arange(T)[::-1] / 84)
    root = np.sqrt(w / w.sum())[:, None] * F
    V = root.T @ root
    for lag in range(1, 6):
        C = root[lag:].T @ root[:-lag]
        V += (1 - lag / 6) * (C + C.T)
    np.testing.assert_allclose(np.diag(model.factor_covariance), np.diag(V), rtol=1e-6)


def test_the_idio_variances_are_near_the_truth():
    returns, loadings, caps, _, psi = draw(3)
    found = RiskModel.estimate(returns, loadings, caps).idio_variance["variance"]
    assert abs((found / psi).mean() - 1) < 0.1
    assert np.sqrt(((found / psi - 1) ** 2).mean()) < 0.3  # sqrt(2/n_eff) of half-life 60 is .11, T = 130: .15


@pytest.mark.parametrize("shape", ["static", "dated"])
def test_a_model_is_what_the_functions_of_the_catalogue_give(shape):
    returns, loadings, caps, *_ = draw(4)
    returns, loadings = gaps(returns), loadings if shape == "static" else dated(loadings)
    model = RiskModel.estimate(returns, loadings, caps)
    sd = xlfactor.walk_forward(returns, loadings, output="idio_volatility")
    for t in (T // 2, T - 20, T - 1):
        psi = (sd.iloc[t] ** 2).dropna()
        f = xlfactor.factor_returns(returns.iloc[[t]], loadings, idio_variance=psi, caps=caps)
        np.testing.assert_allclose(model.factor_returns.iloc[t], f.iloc[0], rtol=1e-9, atol=1e-14)
    pd.testing.assert_frame_equal(model.factor_covariance, xlfactor.factor_covariance(model.factor_returns))
    start = xlfactor.idio_covariance(returns.iloc[: T // 2], loadings)[["variance"]]
    F = xlfactor.factor_returns(returns.iloc[: T // 2], loadings, idio_variance=start, caps=caps)
    np.testing.assert_allclose(model.factor_returns.iloc[: T // 2], F, rtol=1e-9, atol=1e-14)
    portfolio = pd.DataFrame({"portfolio": 1 / N}, ASSETS)
    risk = xlfactor.risk_decomposition(portfolio, model.loadings, model.factor_covariance, model.idio_variance)
    assert 0.05 < risk.loc["annual_volatility", "portfolio"] < 0.5


def test_the_defaults_are_those_of_the_catalogue():
    import inspect

    ours = inspect.signature(RiskModel.estimate).parameters
    for function in (xlfactor.walk_forward, xlfactor.factor_covariance):
        for name, parameter in inspect.signature(function).parameters.items():
            if name in ours and parameter.default is not parameter.empty:
                assert ours[name].default == parameter.default, name


@pytest.mark.parametrize("shape", ["static", "dated"])
@pytest.mark.parametrize("options", [{}, {"half_life": 0, "half_life_volatility": 0, "shrinkage": "ledoit_wolf"}])
def test_updates_over_several_days_equal_a_new_estimate(shape, options):
    returns, loadings, caps, *_ = draw(5)
    returns, loadings = gaps(returns), loadings if shape == "static" else dated(loadings)
    known = loadings if shape == "static" else loadings.loc[: DATES[T - DAYS - 1]]
    model = RiskModel.estimate(returns.iloc[:-DAYS], known, caps, **options)
    for date in DATES[-DAYS:]:
        of_day = None if shape == "static" else loadings.loc[date]
        model = model.update(returns.loc[[date]], of_day)
        if date < DATES[-2]:
            continue
        so_far = loadings if shape == "static" else loadings.loc[:date]
        options["burn_in"] = model.parameters["burn_in"]
        same(model, RiskModel.estimate(returns.loc[:date], so_far, caps, **options))


def test_the_idio_variances_of_sqrt_cap_are_the_weighted_mean_squares_of_the_idio_returns_of_the_catalogue():
    returns, loadings, caps, *_ = draw(21)
    returns = gaps(returns)
    returns.iloc[:40, 3] = np.nan  # a late one
    model = RiskModel.estimate(returns, loadings, caps, half_life=20, method="sqrt_cap")
    E = xlfactor.idio_returns(returns, loadings, weights=np.sqrt(caps), caps=caps)
    expected = variances(E.to_numpy(), ewma_weights(T, 20), 0)
    np.testing.assert_allclose(model.idio_variance["variance"], expected, rtol=1e-12)
    F = xlfactor.factor_returns(returns, loadings, weights=np.sqrt(caps), caps=caps)
    pd.testing.assert_frame_equal(model.factor_returns, F, rtol=1e-12, check_freq=False)
    assert model.parameters["method"] == "sqrt_cap"
    np.testing.assert_array_equal(model.assets["dates"], E.notna().sum())
    with pytest.raises(FactorError, match=r"^ARGUMENT_MISSING: caps are missing"):
        RiskModel.estimate(returns, loadings, method="sqrt_cap")
    with pytest.raises(FactorError, match=r"^OPTION_UNKNOWN: method is 'walk'"):
        RiskModel.estimate(returns, loadings, method="walk")


@pytest.mark.parametrize("shape", ["static", "dated"])
@pytest.mark.parametrize("half_life", [0, 30])
def test_updates_of_sqrt_cap_equal_a_new_estimate(shape, half_life, tmp_path):
    returns, loadings, caps, *_ = draw(22)
    returns, loadings = gaps(returns), loadings if shape == "static" else dated(loadings)
    returns.iloc[:-2, 7] = np.nan  # first seen within the updates
    options = {"half_life": half_life, "method": "sqrt_cap"}
    known = loadings if shape == "static" else loadings.loc[: DATES[T - DAYS - 1]]
    model = RiskModel.estimate(returns.iloc[:-DAYS], known, caps, **options)
    model.save(tmp_path / "model.npz")
    model = RiskModel.load(tmp_path / "model.npz")
    for date in DATES[-DAYS:]:
        model = model.update(returns.loc[[date]], None if shape == "static" else loadings.loc[date])
    same(model, RiskModel.estimate(returns, loadings, caps, **options), 1e-11)


def test_a_model_from_its_parts_is_the_one_that_was_estimated():
    returns, loadings, caps, *_ = draw(23)
    loadings = dated(loadings)
    one = RiskModel.estimate(returns, loadings, caps, method="sqrt_cap")
    loadings = read("loadings", loadings, "loadings")
    parts = (one.factor_returns, one.assets, loadings, read("caps", caps, "caps"), one.family, one.constant)
    again = RiskModel.from_parts(*parts, {"method": "sqrt_cap", "burn_in": 0}, one.input_hash)
    same(again, one, 0)
    pd.testing.assert_frame_equal(again.recent_loadings, one.recent_loadings, check_exact=True)


def test_a_file_that_an_earlier_version_wrote_is_read_and_goes_on(tmp_path):
    """data/models/format_1.npz was saved by 0.1 from the first T − 2 dates of these tables."""
    returns, loadings, caps, *_ = draw(25)
    returns, loadings = gaps(returns), dated(loadings)
    model = RiskModel.load(Path(__file__).parent / "data" / "models" / "format_1.npz")
    for date in DATES[-2:]:
        model = model.update(returns.loc[[date]], loadings.loc[date], caps)
    same(model, RiskModel.estimate(returns, loadings, caps, method="sqrt_cap", half_life=20))


def test_an_update_warns_of_what_a_known_day_leaves_blank():
    returns, loadings, caps, *_ = draw(10)
    model = RiskModel.estimate(returns.iloc[:-1], loadings, caps)
    with pytest.warns(xlfactor.FactorWarning, match="CAP_MISSING: no cap, and so .*: 1 asset: A03"):
        model.update(returns.iloc[[-1]], loadings, caps["cap"].mask(ASSETS == "A03").to_frame())
    with pytest.warns(xlfactor.FactorWarning, match="LOADING_MISSING: left out for a missing loading: 1 asset: A04"):
        model.update(returns.iloc[[-1]], loadings.assign(size=loadings["size"].mask(ASSETS == "A04")), caps)
    with pytest.raises(FactorError, match=r"^VALUE_RANGE: caps are negative for A05: "):
        model.update(returns.iloc[[-1]], loadings, caps["cap"].mask(ASSETS == "A05", -1.0).to_frame())
    with pytest.raises(FactorError, match=r"^WEIGHT_ALL_ZERO: caps are zero or missing for every asset"):
        model.update(returns.iloc[[-1]], loadings, caps * 0)


def test_a_file_without_a_method_is_one_that_walks_forward(tmp_path, model):
    before = {name: value for name, value in model[0].parameters.items() if name != "method"}
    dataclasses.replace(model[0], parameters=before).save(tmp_path / "old.npz")
    assert RiskModel.load(tmp_path / "old.npz").parameters == model[0].parameters
    assert model[0].parameters["method"] == "walk_forward"


@pytest.mark.parametrize("lag", [0, 2])
def test_updates_keep_the_lag(lag):
    returns, loadings, caps, *_ = draw(6)
    loadings = dated(loadings)
    dated_caps = pd.DataFrame(
        caps["cap"].to_numpy() * np.linspace(1, 2, T)[:, None] ** np.arange(N), DATES, list(ASSETS)
    )
    until = DATES[T - DAYS - 1]
    model = RiskModel.estimate(returns.loc[:until], loadings.loc[:until], dated_caps.loc[:until], lag=lag)
    for date in DATES[-DAYS:]:
        model = model.update(returns.loc[date], loadings.loc[date], dated_caps.loc[[date]])
    same(model, RiskModel.estimate(returns, loadings, dated_caps, lag=lag, burn_in=model.parameters["burn_in"]))


@pytest.mark.filterwarnings("ignore:ASSET_UNUSED")  # loadings come a day before the first return
def test_a_new_asset_of_a_new_industry_and_a_vanished_asset_are_updated_alike():
    returns, loadings, *_ = draw(7)
    returns, loadings = gaps(returns), dated(loadings)
    extra = loadings.loc[DATES[-4:]].xs("A00", level="Asset", drop_level=False)
    for name, industry in (("NEW", "Tech"), ("NEW2", "Space"), ("NEW3", "Space")):
        rows = extra.rename({"A00": name}, level="Asset").assign(Industry=industry)
        loadings = pd.concat([loadings, rows])
        returns[name] = returns["A01"].where(returns.index >= DATES[-3]) * 1.1
    gone = loadings.index.get_level_values(1).isin(["A05"]) & (loadings.index.get_level_values(0) >= DATES[-4])
    loadings = loadings[~gone].sort_index()
    returns.loc[DATES[-4] :, "A05"] = np.nan
    until = DATES[T - DAYS - 1]
    old = [name for name in returns if not name.startswith("NEW")]
    model = RiskModel.estimate(returns.loc[:until, old], loadings.loc[:until])
    for date in DATES[-DAYS:]:
        day = returns.loc[[date]].dropna(axis=1)
        of_day = loadings.xs(date)
        model = model.update(day, of_day)
    fresh = RiskModel.estimate(returns, loadings, burn_in=model.parameters["burn_in"])
    same(model, fresh)
    assert list(model.family) == ["market", "Tech", "Energy", "Banks", "Space", "value", "size"]
    assert {"A05", "NEW", "NEW2"} <= set(model.idio_variance.index)
    assert "A05" not in model.loadings.index


def test_save_and_load_give_the_same_model_to_the_last_bit(tmp_path):
    returns, loadings, caps, *_ = draw(8)
    for given, name in ((loadings, "static.npz"), (dated(loadings).mask(lambda t: t == "Banks"), "dated.model")):
        model = RiskModel.estimate(gaps(returns), given, caps)
        model.save(tmp_path / name)
        again = RiskModel.load(tmp_path / name)
        for field in ("factor_covariance", "factor_returns", "assets", "recent_loadings", "recent_caps"):
            pd.testing.assert_frame_equal(
                getattr(model, field), getattr(again, field), check_exact=True, check_freq=False
            )
        for field in ("family", "constant", "parameters", "version", "input_hash"):
            assert getattr(model, field) == getattr(again, field)
        assert list(again.family) == list(model.family)
        again.save(tmp_path / "again")
        assert (tmp_path / "again").read_bytes() == (tmp_path / name).read_bytes()
        assert sorted(p.name for p in tmp_path.iterdir()) == sorted({"static.npz", name, "again"})


def test_a_loaded_model_is_updated_as_the_one_that_was_saved_and_neither_changes(tmp_path):
    returns, loadings, caps, *_ = draw(17)
    loadings = dated(loadings)
    model = RiskModel.estimate(returns.iloc[:-1], loadings.loc[: DATES[-2]], caps)
    model.save(tmp_path / "model.npz")
    before = (tmp_path / "model.npz").read_bytes()
    day = returns.iloc[[-1]].assign(NEW=0.01)
    of_day = pd.concat([loadings.loc[DATES[-1]], loadings.loc[DATES[-1]].iloc[[0]].set_axis(["NEW"])])
    one, two = model.update(day, of_day), RiskModel.load(tmp_path / "model.npz").update(day, of_day)
    same(one, two, 0)
    assert one.input_hash == two.input_hash
    model.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == before


@pytest.mark.parametrize("method", ["walk_forward", "sqrt_cap"])
@pytest.mark.parametrize("shape", ["static", "dated"])
def test_a_day_whose_labels_must_be_read_one_by_one_gives_the_same_bits(shape, method):
    returns, loadings, caps, *_ = draw(24)
    returns, table = gaps(returns), loadings if shape == "static" else dated(loadings)
    caps = caps if shape == "static" else pd.DataFrame(np.tile(caps["cap"], (T, 1)), DATES, list(ASSETS))
    known = table if shape == "static" else table.loc[: DATES[-3]]
    one = two = RiskModel.estimate(returns.iloc[:-2], known, caps.loc[: DATES[-3]] if shape == "dated" else caps,
                                   method=method)  # fmt: skip
    for date in DATES[-2:]:
        of_day = loadings.assign(size=loadings["size"] * 1.1) if shape == "static" else table.loc[date]
        v = caps * 1.01 if shape == "static" else caps.loc[date].to_frame("cap")
        one = one.update(returns.loc[[date]], of_day, v)
        two = two.update(returns.loc[[date]].rename(columns=" {}".format), of_day.rename(" {}".format),
                         v.rename(" {}".format))  # fmt: skip
    for name in ("factor_covariance", "factor_returns", "assets", "recent_loadings", "recent_caps"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name), check_exact=True)
    assert one.input_hash == two.input_hash


def test_the_input_hash_tells_other_labels_other_numbers_and_an_update():
    returns, loadings, caps, *_ = draw(9)
    first = RiskModel.estimate(returns.iloc[:-1], loadings, caps)
    assert RiskModel.estimate(returns.iloc[:-1].copy(), loadings.copy(), caps).input_hash == first.input_hash
    touched = returns.iloc[:-1].copy()
    touched.iloc[3, 3] = np.nextafter(touched.iloc[3, 3], 1)
    others = [
        (touched, loadings, caps),
        (returns.iloc[:-1].rename(columns={"A00": "B00"}), loadings.rename({"A00": "B00"}), caps),
        (returns.iloc[:-1], loadings.replace("Tech", "Technology"), caps),
        (returns.iloc[:-1], loadings, None),
    ]
    hashes = {first.input_hash, *(RiskModel.estimate(*other).input_hash for other in others)}
    hashes.add(first.update(returns.iloc[[-1]]).input_hash)
    assert len(hashes) == 6


@pytest.fixture(scope="module")
def model():
    returns, loadings, caps, *_ = draw(10)
    return RiskModel.estimate(returns.iloc[:-1], loadings, caps), returns.iloc[[-1]], loadings


CORRUPT = "FILE_CORRUPT: this is no model file, or it is damaged (bad.npz): estimate the model again, or take a backup"


def test_a_file_damaged_anywhere_is_refused_in_one_line(tmp_path, model):
    model[0].save(tmp_path / "good.npz")
    good = (tmp_path / "good.npz").read_bytes()
    bad = {
        "empty": b"",
        "text": b"Asset,variance\nA00,0.1\n",
        "half": good[: len(good) // 2],
        "start cut": good[100:],
        "pickle": _npz(tmp_path, facts=np.array([{"a": 1}], dtype=object)),
        "other arrays": _npz(tmp_path, format=np.array(1), digest=np.array("x"), facts=np.array("{}")),
    }
    rng = np.random.default_rng(0)
    for k in rng.integers(0, len(good), 200):
        flipped = bytearray(good)
        flipped[k] ^= 1 << rng.integers(8)
        bad[f"bit {k}"] = bytes(flipped)
    refused = 0
    for what, content in bad.items():
        (tmp_path / "bad.npz").write_bytes(content)
        line, again = _load(tmp_path / "bad.npz")
        if again is None:
            assert line == CORRUPT, what
            refused += 1
        else:  # a bit of the zip's own book-keeping, such as a date: the content is whole
            assert what.startswith("bit")
            pd.testing.assert_frame_equal(again.assets, model[0].assets, check_exact=True)
    assert refused > 150  # the rest hit what no reader needs


def _load(path):
    try:
        return "", RiskModel.load(path)
    except FactorError as error:
        return str(error), None


def _npz(folder, **arrays):
    np.savez(folder / "made.npz", **arrays)
    return (folder / "made.npz").read_bytes()


def test_an_edited_number_and_a_newer_file_are_refused(tmp_path, model):
    model[0].save(tmp_path / "good.npz")
    with np.load(tmp_path / "good.npz") as stored:
        arrays = dict(stored)
    arrays["assets.numbers"] = arrays["assets.numbers"] * 0.5
    np.savez(tmp_path / "edited.npz", **arrays)
    with pytest.raises(FactorError, match=r"^FILE_CORRUPT: this is no model file, or it is damaged \(edited.npz\)"):
        RiskModel.load(tmp_path / "edited.npz")
    np.savez(tmp_path / "newer.npz", format=np.array(2))
    with pytest.raises(FactorError) as caught:
        RiskModel.load(tmp_path / "newer.npz")
    assert str(caught.value) == "MODEL_NEWER: a newer version of xlfactor wrote this model (newer.npz): update xlfactor"
    with pytest.raises(
        FactorError, match=r"^FILE_NOT_FOUND: the model file cannot be opened \(none.npz\): check its path"
    ):
        RiskModel.load(tmp_path / "none.npz")
    with pytest.raises(FactorError, match=r"^FOLDER_MISSING: the folder does not exist"):
        model[0].save(tmp_path / "none" / "model.npz")


def test_any_numpy_reads_the_file_without_pickle(tmp_path, model):
    model[0].save(tmp_path / "good.npz")
    assert zipfile.ZipFile(tmp_path / "good.npz").testzip() is None
    with np.load(tmp_path / "good.npz", allow_pickle=False) as stored:
        assert {stored[name].dtype.kind for name in stored.files} == set("UMfi")
        np.testing.assert_array_equal(stored["assets.numbers"], model[0].assets)
        assert stored["assets.index0"].tolist() == list(model[0].assets.index)


def test_a_failed_save_leaves_the_old_file(tmp_path, model, monkeypatch):
    model[0].save(tmp_path / "model.npz")
    before = (tmp_path / "model.npz").read_bytes()

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", full)
    with pytest.raises(OSError, match="No space"):
        model[0].save(tmp_path / "model.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["model.npz"]
    assert (tmp_path / "model.npz").read_bytes() == before


@pytest.mark.filterwarnings("ignore:FAMILY_CODES")
def test_updates_that_make_no_sense_are_refused_in_one_line(model):
    model, day, loadings = model
    cases = [
        ((day.set_axis([model.date]),), "DATE_ORDER: returns of 2024-06-28 are not after the model's 2024-06-28: "),
        ((pd.concat([day, day.set_axis(day.index + pd.Timedelta(days=1))]),), "DATE_ORDER: returns have 2 dates: "),
        ((day, loadings.drop(columns="size")), "FACTOR_UNKNOWN: columns size of the loadings are missing: "),
        ((day, loadings.assign(beta=0.5)), "FACTOR_UNKNOWN: columns beta of the loadings are not in the model: "),
        ((day, loadings.assign(market=loadings["size"])), "FACTOR_UNKNOWN: market is no longer one number for all "),
        ((day, loadings.assign(Industry=1.0)), "FACTOR_UNKNOWN: columns Industry of the loadings were text and are "),
        ((day, pd.concat({model.date: loadings})), "DATE_ORDER: loadings are not those of 2024-07-01: "),
        ((day.iloc[:, :7],), "FEW_ASSETS: "),
        ((day * np.nan,), "FEW_ASSETS: "),
        ((day.assign(A00="O.02"),), "NUM_BAD: "),
    ]
    for given, line in cases:
        with pytest.raises(FactorError) as caught:
            model.update(*given)
        assert str(caught.value).startswith(line)
        assert "\n" not in str(caught.value)


def test_the_burn_in_is_a_share_of_the_dates_or_their_number():
    returns, loadings, *_ = draw(11)
    assert RiskModel.estimate(returns, loadings, burn_in=0.25).parameters["burn_in"] == 32
    assert RiskModel.estimate(returns, loadings, burn_in=40).parameters["burn_in"] == 40
    for wrong in (0, 130, -1):
        with pytest.raises(FactorError, match="VALUE_RANGE: burn_in is"):
            RiskModel.estimate(returns, loadings, burn_in=wrong)


def test_loadings_dated_after_the_last_return_are_left_out_with_a_warning():
    returns, loadings, *_ = draw(12)
    known = dated(loadings)
    with pytest.warns(xlfactor.FactorWarning, match="DATES_UNUSED: loadings after the last return, 2024-06-2"):
        model = RiskModel.estimate(returns.iloc[:-2], known)
    same(model, RiskModel.estimate(returns.iloc[:-2], known.loc[: DATES[-3]]))


def test_caps_are_refused_by_a_model_without_them_and_options_out_of_range_by_estimate():
    returns, loadings, caps, *_ = draw(13)
    model = RiskModel.estimate(returns.iloc[:-1], loadings)
    with pytest.raises(FactorError, match=r"^CAPS_UNUSED: the model was estimated without caps: leave them out"):
        model.update(returns.iloc[[-1]], caps=caps)
    for name, wrong in (("half_life", -1), ("lag", -1), ("half_life_volatility", -1), ("newey_west_correlation", -1)):
        with pytest.raises(FactorError, match=f"^VALUE_RANGE: {name} is -1"):
            RiskModel.estimate(returns, loadings, **{name: wrong})
    with pytest.raises(FactorError, match=r"^OPTION_UNKNOWN: shrinkage is 'ledoit'"):
        RiskModel.estimate(returns, loadings, shrinkage="ledoit")
    with pytest.raises(FactorError, match=r"^NUM_BAD: half_life"):
        RiskModel.estimate(returns, loadings, half_life="long")


def test_dated_loadings_with_another_column_are_refused_in_an_update():
    returns, loadings, *_ = draw(14)
    model = RiskModel.estimate(returns.iloc[:-1], dated(loadings).loc[: DATES[-2]])
    with pytest.raises(FactorError, match=r"^FACTOR_UNKNOWN: columns beta of the loadings are not in the model"):
        model.update(returns.iloc[[-1]], loadings.assign(beta=0.5))


def test_the_order_of_assets_and_columns_changes_nothing():
    returns, loadings, caps, *_ = draw(15)
    returns = gaps(returns)
    model = RiskModel.estimate(returns.iloc[:-1], loadings, caps).update(returns.iloc[[-1]])
    other = RiskModel.estimate(
        returns.iloc[:-1, ::-1], loadings.iloc[::-1, ::-1].iloc[np.r_[5:N, :5]], caps.iloc[::-1]
    ).update(returns.iloc[[-1], np.random.default_rng(0).permutation(N)])
    names = list(model.factor_covariance)
    np.testing.assert_allclose(
        other.factor_covariance.loc[names, names], model.factor_covariance, rtol=1e-9, atol=1e-16
    )
    np.testing.assert_allclose(
        other.idio_variance.loc[model.idio_variance.index], model.idio_variance, rtol=1e-9, atol=0
    )


def test_returns_c_times_as_large_give_covariances_c_squared_as_large():
    returns, loadings, caps, *_ = draw(16)
    one, ten = (RiskModel.estimate(c * returns, loadings, caps) for c in (1, 10))
    np.testing.assert_allclose(ten.factor_covariance, 100 * one.factor_covariance, rtol=1e-9, atol=1e-16)
    np.testing.assert_allclose(ten.idio_variance, 100 * one.idio_variance, rtol=1e-9)


def test_the_example_of_the_class_gives_what_it_shows():
    import doctest

    test = doctest.DocTestParser().get_doctest(
        RiskModel.__doc__, {"pd": pd, "xlfactor": xlfactor}, "RiskModel", None, 0
    )
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    complaints = []
    runner.run(test, out=complaints.append)
    assert runner.tries > 4
    assert not complaints, "".join(complaints)
