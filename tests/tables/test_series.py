"""Returns and factors on their common dates."""

import numpy as np
import pandas as pd
import pytest

from xlfactor.errors import FactorError, FactorWarning
from xlfactor.tables.series import series

DATES = pd.bdate_range("2026-01-01", periods=9, name="Date")
R = pd.DataFrame(np.arange(18.0).reshape(9, 2), DATES, ["A", "B"])
F = pd.DataFrame(np.arange(9.0), DATES, ["Market"])


def test_the_dates_of_both_tables_are_joined_and_the_others_counted():
    with pytest.warns(FactorWarning) as caught:
        s = series(R.iloc[:7], F.iloc[2:])
    np.testing.assert_array_equal(s.R, R.iloc[2:7])
    np.testing.assert_array_equal(s.F, F.iloc[2:7])
    assert [str(w.message)[:47] for w in caught] == [
        "DATES_UNUSED: left out 2 dates of returns that ",
        "DATES_UNUSED: left out 2 dates of factors that ",
    ]


def test_a_result_by_asset_has_its_labels():
    frame = series(R, F).by_asset(np.ones((2, 1)), ["Market"])
    assert (frame.index.name, frame.index.tolist(), frame.columns.tolist()) == ("Asset", ["A", "B"], ["Market"])


def test_too_few_common_dates_and_a_blank_factor_are_refused():
    with pytest.raises(FactorError, match="FEW_DATES: 2 dates in both returns and factors, 3 needed for 1 factor:"):
        series(R.iloc[:4], F.iloc[2:])
    with pytest.raises(FactorError, match="FACTOR_NO_DATA: factors have no number for CPI"):
        series(R, F.assign(CPI=np.nan))
