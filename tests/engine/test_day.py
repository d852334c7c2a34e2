"""One day's regression on arrays that stay, against the regression of its pattern."""

from dataclasses import replace

import numpy as np
import pytest

from tests.engine.simulated import static
from xlfactor.engine.day import regress_day, section
from xlfactor.engine.regression import fit
from xlfactor.engine.sections import patterns


@pytest.mark.parametrize("share", [0.0, 0.1, 0.7])
@pytest.mark.parametrize("with_caps", [False, True])
def test_a_day_is_the_regression_of_its_pattern(share, with_caps):
    rng = np.random.default_rng(1)
    T, N = 20, 80
    codes = rng.integers(0, 5, N)
    S = np.column_stack([np.ones(N), rng.normal(size=(N, 2))])
    S[7, 1] = np.nan
    sections = static(S, T, codes, (5,), constant=0)
    R, psi = rng.normal(size=(T, N)), rng.uniform(0.5, 2, (T, N))
    R[rng.random(R.shape) < share] = np.nan
    R[3, codes == 2] = np.nan
    caps = rng.lognormal(size=(T, N)) if with_caps else None
    own = section(sections, 0)
    for pattern in patterns(R, sections, 1 / psi, caps):
        t = int(pattern.dates[0])
        here = np.isfinite(R[t, own.columns])
        f, e, h = regress_day(
            own, R[t, own.columns], here, 1 / psi[t, own.columns], own.active(here), None if caps is None else caps[t]
        )
        one = fit(pattern)
        np.testing.assert_allclose(f, one.f[0], rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(e, one.e[0], rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(h, one.leverage, rtol=1e-10)


@pytest.mark.parametrize("n", [30, 10])
def test_dependent_columns_get_the_minimum_norm_as_elsewhere(n):
    rng = np.random.default_rng(2)
    S = rng.normal(size=(30, 2))
    sections = static(np.column_stack([S, S[:, 0] + S[:, 1]]), 1)
    R, w = rng.normal(size=(1, 30)), rng.uniform(1, 2, 30)
    R[0, n:] = np.nan
    pattern = next(patterns(R, sections, np.ones((1, 30)), None))
    one = fit(replace(pattern, w=w[:n]))
    own, here = section(sections, 0), np.isfinite(R[0])
    f, e, h = regress_day(own, R[0], here, w, own.active(here), None)
    np.testing.assert_allclose(f, one.f[0], atol=1e-13)
    np.testing.assert_allclose(e, one.e[0], atol=1e-13)
    np.testing.assert_allclose(h, one.leverage, atol=1e-13)
