"""A model file in a cell: its tables, the assets asked for, and the files that a path may not reach."""

import os
import warnings

import numpy as np
import pandas as pd
import pytest

import xlfactor
from tests.samples import TABLES
from xlfactor.errors import FactorError
from xlfactor.functions import catalogue, model_files

FUNCTIONS = ["model_loadings", "model_factor_covariance", "model_idio_variance"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    models = tmp_path / "models"
    models.mkdir()
    monkeypatch.setenv("XLFACTOR_MODELS", str(models))
    return models


def estimate(**changes):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return xlfactor.RiskModel.estimate(**{"returns": TABLES["returns"], "loadings": TABLES["loadings"]} | changes)


@pytest.fixture
def model(folder):
    model = estimate()
    model.save(folder / "m.npz")
    return model


def test_without_assets_the_tables_are_those_of_the_model(model):
    pd.testing.assert_frame_equal(xlfactor.model_loadings("m.npz"), model.loadings, check_exact=True)
    C = xlfactor.model_factor_covariance("m.npz")
    pd.testing.assert_frame_equal(C, model.factor_covariance, check_exact=True)
    pd.testing.assert_frame_equal(xlfactor.model_idio_variance("m.npz"), model.idio_variance, check_exact=True)


def test_with_assets_their_rows_come_in_the_order_asked_and_the_factors_they_have(model):
    names = ["A07", "A01", "A04"]  # all of one industry
    assert (TABLES["loadings"].loc[names, "Industry"] == "Energy").all()
    B, psi = xlfactor.model_loadings("m.npz", names), xlfactor.model_idio_variance("m.npz", names)
    pd.testing.assert_frame_equal(B, model.loadings.loc[names], check_exact=True)
    pd.testing.assert_frame_equal(psi, model.idio_variance.loc[names], check_exact=True)
    C = xlfactor.model_factor_covariance("m.npz", names)
    kept = ["market", "Energy", "value", "size"]
    pd.testing.assert_frame_equal(C, model.factor_covariance.loc[kept, kept], check_exact=True, check_names=False)


def test_the_risk_of_a_portfolio_is_that_of_the_whole_model(model):
    weights = pd.DataFrame({"weight": [0.5, 0.3, 0.2]}, ["A07", "A01", "A04"])
    names = list(weights.index)
    tables = [getattr(xlfactor, function)("m.npz", names) for function in FUNCTIONS]
    got = xlfactor.risk_decomposition(weights, *tables)["portfolio"]
    dense = pd.get_dummies(model.loadings, columns=["Industry"], prefix="", prefix_sep="", dtype=float)
    x = dense.loc[names, model.factor_covariance.index].T @ weights["weight"]
    psi = model.idio_variance.loc[names, "variance"]
    variance = x @ model.factor_covariance @ x + (weights["weight"] ** 2 * psi).sum()
    np.testing.assert_allclose(got["annual_volatility"], np.sqrt(252 * variance), rtol=1e-13)


def test_a_value_of_two_families_keeps_its_factor_where_only_one_of_them_is_asked_for(folder):
    loadings = TABLES["loadings"].copy()
    loadings["Country"] = np.where(np.arange(24) < 12, "Tech", "Peru")
    model = estimate(loadings=loadings)
    model.save(folder / "two.npz")
    assert "Country: Tech" in model.factor_covariance
    names = [a for a in loadings.index if loadings.Country[a] == "Peru" and loadings.Industry[a] == "Tech"][:2]
    C = xlfactor.model_factor_covariance("two.npz", names)
    assert list(C.index) == ["market", "Tech", "value", "size", "Peru"]
    assert C.loc["Tech", "Peru"] == model.factor_covariance.loc["Industry: Tech", "Peru"]
    B = xlfactor.model_loadings("two.npz", names)
    assert xlfactor.exposures(pd.DataFrame({"w": [0.5, 0.5]}, names), B).index.tolist() == list(C.index)


def test_an_asset_the_model_knew_before_is_a_row_of_blanks_and_one_it_never_knew_is_an_error(folder):
    dates = TABLES["returns"].index
    dated = pd.concat({date: TABLES["loadings"] for date in dates}, names=["Date"])
    gone = dated.drop([(date, "A05") for date in dates[-3:]])
    returns = TABLES["returns"].assign(A06=np.nan)
    estimate(returns=returns, loadings=gone).save(folder / "m.npz")
    assert xlfactor.model_loadings("m.npz", ["A05", "A04"]).isna().all(axis=1).tolist() == [True, False]
    assert xlfactor.model_idio_variance("m.npz", ["A05", "A06"])["variance"].isna().tolist() == [False, True]
    assert list(xlfactor.model_factor_covariance("m.npz", ["A05", "A04"]).index) == [
        "market",
        "Energy",
        "value",
        "size",
    ]
    for function in FUNCTIONS:
        with pytest.raises(FactorError, match=r"ASSET_UNKNOWN: the model has no asset A5: did you mean A\d5\?"):
            getattr(xlfactor, function)("m.npz", ["A04", "A5"])


def test_a_cell_gives_the_path_and_a_column_of_a_table_the_assets(model):
    spilled = catalogue()["MODEL_IDIO_VARIANCE"].spill([[["m.npz"]], [["Asset"], ["A02"], [None], ["A00"]]])
    psi = model.idio_variance["variance"]
    assert spilled == [["Asset", "variance"], ["A02", psi["A02"]], ["A00", psi["A00"]]]


def test_a_file_is_read_once_and_again_when_it_changes(model, folder, monkeypatch):
    reads = []
    load = xlfactor.RiskModel.load
    monkeypatch.setattr(model_files.RiskModel, "load", lambda path: reads.append(path) or load(path))
    model_files._read.cache_clear()
    for function in FUNCTIONS:
        getattr(xlfactor, function)("m.npz")
    assert len(reads) == 1
    estimate(half_life=5).save(folder / "m.npz")
    os.utime(folder / "m.npz", (1, 1))
    assert not xlfactor.model_idio_variance("m.npz").equals(model.idio_variance)
    assert len(reads) == 2
    for k in range(6):
        model.save(folder / f"{k}.npz")
        xlfactor.model_idio_variance(f"{k}.npz")
    assert model_files._read.cache_info().currsize == model_files.KEPT


def test_what_a_caller_does_to_a_table_does_not_reach_the_next_caller(model):
    for function in FUNCTIONS:
        first = getattr(xlfactor, function)("m.npz")
        before = first.copy()
        first.iloc[:, 0] = 7.0
        pd.testing.assert_frame_equal(getattr(xlfactor, function)("m.npz"), before)


@pytest.mark.parametrize("value", [None, "", "  "])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_without_a_folder_nothing_is_read(model, folder, monkeypatch, function, value):
    monkeypatch.chdir(folder)
    monkeypatch.delenv("XLFACTOR_MODELS") if value is None else monkeypatch.setenv("XLFACTOR_MODELS", value)
    with pytest.raises(FactorError) as refused:
        getattr(xlfactor, function)("m.npz")
    assert refused.value.line == (
        "MODEL_FOLDER: no folder of model files is set: set XLFACTOR_MODELS to the folder of your model files"
    )


def test_a_folder_that_is_not_there_is_said_without_its_name(model, monkeypatch, tmp_path):
    monkeypatch.setenv("XLFACTOR_MODELS", str(tmp_path / "secret"))
    with pytest.raises(FactorError, match="MODEL_FOLDER: XLFACTOR_MODELS names no folder") as refused:
        xlfactor.model_loadings("m.npz")
    assert "secret" not in refused.value.line


OUTSIDE = [
    "../out.npz", "sub/../../out.npz", "sub/../m.npz", "..\\out.npz", "sub\\..\\..\\out.npz", "{tmp}/out.npz",
    "/etc/passwd", "http://example.org/m.npz", "file:///etc/passwd", ".", "..", "link.npz", "folder/out.npz",
    "m.npz\0", "{models}2/m.npz",
]  # fmt: skip


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_path_that_leaves_the_folder_is_refused_whether_or_not_its_file_exists(model, folder, tmp_path, path):
    model.save(tmp_path / "out.npz")
    (folder / "sub").mkdir()
    (folder / "link.npz").symlink_to(tmp_path / "out.npz")
    (folder / "folder").symlink_to(tmp_path)
    (tmp_path / "models2").mkdir()
    model.save(tmp_path / "models2" / "m.npz")
    given = path.replace("{tmp}", str(tmp_path)).replace("{models}", str(folder))
    for _ in range(2):
        with pytest.raises(FactorError, match="PATH_OUTSIDE: the path leaves the folder of model files"):
            xlfactor.model_loadings(given)
        (tmp_path / "out.npz").unlink(missing_ok=True)


def test_a_path_with_a_folder_an_absolute_one_inside_and_a_link_inside_are_read(model, folder):
    (folder / "eu").mkdir()
    model.save(folder / "eu" / "world.npz")
    (folder / "today.npz").symlink_to("eu/world.npz")
    for path in ("eu/world.npz", "./eu/world.npz", str(folder / "eu" / "world.npz"), "today.npz"):
        pd.testing.assert_frame_equal(xlfactor.model_loadings(path), model.loadings)


def test_a_folder_that_is_itself_a_link_is_followed(model, folder, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.setenv("XLFACTOR_MODELS", str(tmp_path / "link"))
    pd.testing.assert_frame_equal(xlfactor.model_loadings("m.npz"), model.loadings)


def test_a_missing_file_a_folder_a_pipe_a_loop_of_links_and_a_damaged_file_are_refused(model, folder):
    (folder / "sub").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to("loop")
    (folder / "bad.npz").write_bytes(b"PK nothing")
    for path, code in (("none.npz", "FILE_NOT_FOUND"), ("sub", "FILE_NOT_FOUND"), ("pipe", "FILE_NOT_FOUND"),
                       ("loop", "FILE_NOT_FOUND"), ("bad.npz", "FILE_CORRUPT")):  # fmt: skip
        with pytest.raises(FactorError, match=code) as refused:
            xlfactor.model_loadings(path)
        assert str(folder) not in refused.value.line
