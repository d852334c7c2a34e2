"""Each kind of argument from cells and from pandas: the same table, the same refusals."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from xlfactor.errors import FactorError, FactorWarning
from xlfactor.tables.parse import read
from xlfactor.tables.spill import spill

DAY = [dt.datetime(2024, 1, d) for d in (1, 2, 3)]


def refusal(kind, value) -> FactorError:
    with pytest.raises(FactorError) as caught:
        read(kind, value, kind)
    return caught.value


@pytest.mark.parametrize("days", [DAY, [45292, 45293.0, 45294], ["2024-01-01", "2024-01-02", "2024-01-03"]])
def test_returns_from_cells_equal_returns_from_pandas(days):
    rows = [["Date", "A", 10107.0], *[[day, 0.01 * k, "#N/A"] for k, day in enumerate(days)]]
    expected = pd.DataFrame({"A": [0.0, 0.01, 0.02], "10107": np.nan}, pd.DatetimeIndex(DAY, name="Date").as_unit("ns"))
    pd.testing.assert_frame_equal(read("returns", rows, "returns"), expected, check_column_type=False)
    from_pandas = pd.DataFrame({"A": [0.0, 0.01, 0.02], 10107: [None, None, None]}, days)
    if not isinstance(days[0], int | float):
        pd.testing.assert_frame_equal(read("returns", from_pandas, "returns"), expected, check_column_type=False)


def test_loadings_keep_styles_as_numbers_and_text_columns_as_families():
    table = read("loadings", [["", "Size", "Industry"], ["A", 1, "Bank"], ["B", None, "N/A"]], "loadings")
    assert table["Size"].tolist()[0] == 1.0
    assert np.isnan(table["Size"].iloc[1])
    assert table["Industry"].iloc[0] == "Bank"
    assert pd.isna(table["Industry"].iloc[1])


def test_a_date_column_before_asset_makes_loadings_dated():
    rows = [["Date", "Asset", "Size"], [DAY[0], "A", 1.0], [DAY[0], "B", 2.0], [DAY[1], "A", 3.0]]
    table = read("loadings", rows, "loadings")
    assert table.index.names == ["Date", "Asset"]
    assert table.loc[(pd.Timestamp(DAY[1]), "A"), "Size"] == 3.0


def test_numeric_industry_codes_stay_a_style_with_a_warning():
    with pytest.warns(FactorWarning, match="FAMILY_CODES"):
        table = read("loadings", [["", "Industry"], ["A", 4510], ["B", 4020]], "loadings")
    assert table["Industry"].tolist() == [4510.0, 4020.0]


def test_weights_are_dated_when_their_corner_says_date():
    assert read("weights", [["", "w"], ["A", 2.0]], "weights").index.tolist() == ["A"]
    dated = read("weights", [["Date", "A"], [45292, 2.0]], "weights")
    assert dated.index.tolist() == [pd.Timestamp(DAY[0])]


def test_the_variance_column_is_found_by_name_or_is_the_only_one():
    rows = [["Asset", "annual_volatility", "Variance", "status"], ["A", 0.2, 0.04, "ok"]]
    assert read("idio_variance", rows, "idio_variance").loc["A", "variance"] == 0.04
    assert read("idio_variance", pd.Series({"A": 0.09}), "idio_variance").loc["A", "variance"] == 0.09
    assert refusal("idio_variance", [["", "a", "b"], ["A", 1, 2]]).code == "COLUMN_UNKNOWN"


def test_a_square_table_is_ordered_alike_on_both_sides():
    table = read("factor_covariance", [["", "g", "f"], ["f", 1, 2], ["g", 3, 4]], "factor_covariance")
    assert table.loc["f"].tolist() == [2.0, 1.0]
    assert table.columns.tolist() == ["f", "g"]
    assert refusal("factor_covariance", [["", "f"], ["g", 1]]).code == "NOT_SQUARE"


def test_blank_rows_and_columns_are_spacing_but_data_without_label_is_refused():
    rows = [["Date", "A", None], [45292, 1.0, None], [None, None, None], [45293, 2.0, None]]
    assert read("returns", rows, "returns").shape == (2, 1)
    assert refusal("returns", [["Date", "A", ""], [45292, 1.0, 2.0]]).code == "NAME_BLANK"
    assert refusal("returns", [["Date", "A"], ["", 1.0]]).code == "NAME_BLANK"


@pytest.mark.parametrize(
    ("kind", "rows", "code"),
    [
        ("returns", [["Date", "A", "A "], [45292, 1, 2]], "DUP_ASSET"),
        ("returns", [["Date", "A"], [45292, 1], ["2024-01-01", 2]], "DUP_DATE"),
        ("returns", [["Date", "A"], ["Source: vendor", 1]], "DATE_BAD"),
        ("returns", [["Date", "A"]], "NO_ROWS"),
        ("returns", [[None]], "NO_ROWS"),
        ("returns", 0.5, "NOT_A_TABLE"),
        ("returns", "#XLF! DUP_ASSET: prices list A twice", "UPSTREAM"),
        ("returns", [["#VALUE!"]], "UPSTREAM"),
        ("number", "#REF!", "UPSTREAM"),
        ("returns", [["Date", "#REF!"], [45292, 1]], "NAME_ERROR"),
        ("returns", [["Date", "A"], [45292, float("inf")]], "VALUE_INF"),
        ("loadings", [["", "f"], ["A", float("inf")]], "VALUE_INF"),
        ("caps", [["", "cap"], ["A", float("-inf")]], "VALUE_INF"),
        ("loadings", [["", "f", "f"], ["A", 1, 2]], "DUP_FACTOR"),
        ("loadings", [["", "f"], ["A", 1], ["A", 2]], "DUP_ASSET"),
        ("loadings", [["", "f"], ["A", 1], ["B", "abc"]], "NUM_BAD"),
        ("portfolio", [["", "w", "b", "Name"], ["A", 1, 1, "x"]], "COLUMN_UNKNOWN"),
        ("number", "abc", "NUM_BAD"),
        ("number", [[1, 2]], "NOT_ONE_CELL"),
        ("whole", 2.5, "NUM_BAD"),
    ],
)
def test_bad_tables_are_refused_with_their_code(kind, rows, code):
    error = refusal(kind, rows)
    assert error.code == code
    assert error.fix
    assert len(str(error)) <= 200


def test_the_bad_cell_is_named_by_label_and_place():
    error = refusal("returns", [["Date", "A", "B"], [45292, 1.0, 2.0], [45293, 1.0, "abc"]])
    assert error.cells == ((2, 2),)
    assert "2024-01-02, B: row 3, column 3" in str(error)


def test_a_spill_reads_back_as_the_table_it_came_from():
    frame = pd.DataFrame({"A": [0.1, np.nan], "B": [np.inf, 2.0]}, pd.DatetimeIndex(DAY[:2], name="Date"))
    rows = spill(frame)
    assert rows == [["Date", "A", "B"], [DAY[0], 0.1, None], [DAY[1], None, 2.0]]
    back = read("returns", rows, "returns")
    np.testing.assert_array_equal(back, frame.replace(np.inf, np.nan))


def test_a_market_is_dates_and_one_column():
    expected = pd.DataFrame({"SPX": [0.01, 0.02]}, pd.DatetimeIndex(DAY[:2], name="Date").as_unit("ns"))
    got = read("market", [["Date", "SPX"], [DAY[0], 0.01], [DAY[1], 0.02]], "market")
    pd.testing.assert_frame_equal(got, expected, check_column_type=False)
    pd.testing.assert_frame_equal(read("market", expected["SPX"], "market"), expected, check_column_type=False)
    assert refusal("market", [["Date", "SPX", "DAX"], [DAY[0], 0.01, 0.02]]).code == "COLUMN_UNKNOWN"


def test_weights_of_descriptors_are_one_column_by_descriptor():
    got = read("descriptor_weights", [["", "weight"], ["book", 2], [" cash", 1.0]], "weights")
    assert got.iloc[:, 0].to_dict() == {"book": 2.0, "cash": 1.0}
    assert refusal("descriptor_weights", [["", "w"], ["book", 2], ["book", 1]]).code == "DUP_FACTOR"
    assert refusal("descriptor_weights", [["", "w", "v"], ["book", 2, 3]]).code == "COLUMN_UNKNOWN"


@pytest.mark.parametrize("value", [DAY[1], 45293.0, 45293, "2024-01-02", [[DAY[1]]], DAY[1].date()])
def test_one_date_is_read_from_a_cell_of_any_kind(value):
    assert read("date", value, "as_of") == pd.Timestamp(DAY[1])


@pytest.mark.parametrize("value", ["soon", -3.0, True])
def test_what_is_no_date_is_refused(value):
    assert refusal("date", value).code == "DATE_BAD"


@pytest.mark.parametrize(
    "convert",
    [
        lambda frame: frame.astype("Float64"),
        lambda frame: frame.astype(object),
        lambda frame: frame.map(lambda v: Decimal(repr(v)) if v == v else None),
        lambda frame: frame.tz_localize("America/New_York"),
        lambda frame: frame.to_period("D"),
        lambda frame: frame.set_axis([day.date() for day in frame.index]),
        lambda frame: frame.set_axis([day.date().isoformat() for day in frame.index]),
    ],
    ids=["nullable", "objects", "decimals", "time zone", "periods", "dates", "ISO text"],
)
def test_returns_in_any_dress_of_pandas_are_the_same_table(convert):
    frame = pd.DataFrame({"A": [0.125, np.nan, -0.5], "10107": 0.25}, pd.DatetimeIndex(DAY, name="Date").as_unit("ns"))
    pd.testing.assert_frame_equal(read("returns", convert(frame), "returns"), frame)


def test_a_month_is_known_on_its_last_day():
    table = read("returns", pd.DataFrame({"A": [0.1, 0.2]}, pd.period_range("2024-01", periods=2, freq="M")), "returns")
    assert table.index.tolist() == [pd.Timestamp("2024-01-31"), pd.Timestamp("2024-02-29")]


@pytest.mark.parametrize("dtype", ["category", "string", "object"])
def test_a_text_column_of_any_kind_is_a_family(dtype):
    frame = pd.DataFrame({"Size": [1, 2, 3], "Industry": ["Bank", None, "Tech"]}, ["A", "B", "C"])
    table = read("loadings", frame.astype({"Industry": dtype, "Size": "Int64"}), "loadings")
    assert table["Size"].tolist() == [1.0, 2.0, 3.0]
    assert table["Industry"].isna().tolist() == [False, True, False]
    assert table["Industry"].dropna().tolist() == ["Bank", "Tech"]


@pytest.mark.parametrize("text", ["#XLF! DUP_ASSET: prices list A twice", "#FIELD!", "#DIV/0!", "#GETTING_DATA"])
def test_an_error_among_industries_is_no_industry(text):
    for kind in ("loadings", "groups"):
        error = refusal(kind, [["", "Industry"], ["A", "Bank"], ["B", text]])
        assert error.code == "CELL_ERROR"
        assert error.cells == ((2, 1),)


def test_more_label_columns_than_a_kind_has_are_refused_and_never_ignored():
    panel = pd.DataFrame({"w": [1.0]}, pd.MultiIndex.from_tuples([(DAY[0], "A")]))
    for kind in ("portfolio", "idio_variance", "returns", "groups"):
        assert refusal(kind, panel).code == "LABEL_COLUMNS"
    three = pd.DataFrame({"w": [1.0]}, pd.MultiIndex.from_tuples([(DAY[0], "A", "x")]))
    assert str(refusal("loadings", three)).startswith("LABEL_COLUMNS: loadings have 3 index levels, not 2: ")


def test_an_asset_twice_on_a_date_is_named_with_the_date():
    rows = [["Date", "Asset", "Size"], [DAY[0], "A", 1.0], [DAY[1], "A", 2.0], [45292, "A", 3.0]]
    assert str(refusal("loadings", rows)) == (
        "DUP_ASSET: loadings list the asset 2024-01-01 A twice (rows 2, 4): rename or delete one"
    )


def test_volatilities_are_not_taken_for_variances():
    error = refusal("idio_variance", [["Asset", "annual_volatility"], ["A", 0.2]])
    assert str(error) == (
        "UNITS_COLUMN: idio_variance has the column annual_volatility, not variances: pass the column variance"
    )


def test_an_array_without_labels_is_no_table():
    assert str(refusal("returns", np.zeros((2, 2)))) == (
        "NOT_A_TABLE: returns are of type ndarray, not a table: pass a DataFrame with labels"
    )


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_an_option_that_is_no_finite_number_is_refused_as_such(value):
    assert refusal("number", value).code == "VALUE_INF"
