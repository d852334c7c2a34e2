"""New returns are held against the dates before them, before a model takes them for the truth."""

import datetime

import numpy as np
import pytest

from xlfactor.errors import FactorError
from xlfactor.workbook.newdata.datafile import DataFile
from xlfactor.workbook.newdata.returns import with_new_returns
from xlfactor.workbook.newdata.table_body import Body
from xlfactor.workbook.reading.package import Table

ASSETS = [f"A{i:02}" for i in range(30)]
DAYS = [datetime.datetime(2026, 1, 5) + datetime.timedelta(7 * (i // 5) + i % 5) for i in range(60)]  # to 27 March
RNG = np.random.default_rng(7)
PAST = 0.01 * RNG.standard_normal((60, 30))
TODAY = 0.01 * RNG.standard_normal(30)


def body(past=PAST):
    rows = [[day, *map(float, row)] for day, row in zip(DAYS, past, strict=False)]
    table = Table("tblReturns", "Returns", "", (1, 1, len(rows) + 1, 31), ("Date", *ASSETS), 1, 0)
    return Body(table, ("Date", *ASSETS), rows)


def taken(returns, date="2026-03-30", past=PAST, revise=False):
    cells = tuple(None if np.isnan(r) else repr(float(r)) for r in returns)
    file = DataFile("day.csv", ("Date", *ASSETS), ((date, *cells),), (2,), ".")
    return with_new_returns(body(past), file, revise)


def codes(returns, **given):
    return [note.code for note in taken(returns, **given)[1]]


def with_one(value, at=3):
    changed = TODAY.copy()
    changed[at] = value
    return changed


def test_an_ordinary_day_is_taken_without_a_word():
    rows, notes = taken(TODAY)
    assert len(rows) == 61
    assert notes == []


def test_a_day_as_bad_as_october_1987_is_taken_with_its_outliers_named():
    rows, notes = taken(TODAY - 0.20)
    assert len(rows) == 61
    assert {note.code for note in notes} == {"OUTLIER"}


@pytest.mark.parametrize(
    ("day", "code", "fix"),
    [
        (100 * TODAY, "UNITS_PERCENT", "divide them by 100"),
        (100 + 100 * np.abs(TODAY), "LOOKS_LIKE_PRICES", "use RETURNS_FROM_PRICES"),
        (with_one(-1.2), "RETURN_LT_MINUS_1", "clear or mend it"),
    ],
)
def test_a_day_that_cannot_be_returns_is_refused_with_its_file_and_its_cure(day, code, fix):
    with pytest.raises(FactorError) as refused:
        taken(day)
    assert (refused.value.code, refused.value.where, refused.value.fix) == (code, "day.csv", fix)
    assert "2026-03-30" in refused.value.message


def test_a_revision_that_turns_a_date_into_percent_is_refused_too():
    with pytest.raises(FactorError, match="look like percent"):
        taken(100 * PAST[-1], date="2026-03-27", revise=True)


def test_a_month_in_which_a_wild_market_doubles_is_no_table_of_prices():
    rows, _ = taken(0.5 + TODAY, past=20 * PAST)
    assert len(rows) == 61


def test_a_split_that_nobody_adjusted_for_is_named_with_its_cell():
    _, notes = taken(with_one(-0.9))
    (note,) = notes
    assert (note.code, note.severity, note.cell) == ("OUTLIER", "warn", (62, 5))
    assert note.message == "an unusual return of A03: -90.00%"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"returns": PAST[-1]}, "DUP_SERIES"),
        ({"returns": np.zeros(30)}, "ZERO_ROW"),
        ({"returns": np.where(np.arange(30) < 3, TODAY, np.nan)}, "ASSET_NO_DATA"),
        ({"returns": TODAY, "date": "2026-04-04"}, "DATE_WEEKEND"),
        ({"returns": TODAY, "date": "2026-04-30"}, "DATE_GAP"),
    ],
)
def test_a_day_that_is_hardly_meant_is_taken_with_a_warning(given, code):
    assert codes(**given) == [code]


def test_a_date_in_the_future_is_said_to_be_one():
    assert "DATE_FUTURE" in codes(TODAY, date=f"{datetime.date.today().year + 20}-03-30")


def test_a_short_history_judges_no_single_return():
    assert codes(with_one(-0.9), past=PAST[:10], date="2026-01-19") == []


def test_old_oddities_are_not_said_again():
    past = PAST.copy()
    past[30, 3], past[40] = -0.9, past[41]
    assert codes(TODAY, past=past) == []


def test_a_first_day_that_may_be_percent_is_taken_with_a_warning():
    percent = np.clip(30 * TODAY, -0.9, 0.9)
    assert np.median(np.abs(percent)) > 0.2
    assert "UNITS_PERCENT" in codes(percent, past=PAST[:10], date="2026-01-19")


def test_a_revised_early_date_leaves_the_new_day_its_history():
    revised = tuple(repr(float(r)) for r in PAST[2] + 0.001)
    day = tuple(repr(float(r)) for r in with_one(-0.9))
    file = DataFile("day.csv", ("Date", *ASSETS), (("2026-01-07", *revised), ("2026-03-30", *day)), (2, 3), ".")
    notes = with_new_returns(body(), file, True)[1]
    assert ("OUTLIER", (62, 5)) in [(note.code, note.cell) for note in notes]
