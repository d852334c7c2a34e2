"""The five methods on simulated truth (methodology 6.9, 6.10), their status, and what they refuse."""

from typing import NamedTuple

import numpy as np
import pytest

from tests.engine.simulated import daily, static
from xlfactor.engine.idio import estimate
from xlfactor.errors import FactorError

PANELS = 100


class Ratios(NamedTuple):
    """psi estimated / psi true, (panels, N), by method; the names collapsed of each panel of the seed's iteration."""

    reml: np.ndarray
    two_pass: np.ndarray
    ols: np.ndarray
    collapsed: list[list[str]]
    iterated_status: list[list[str]]


def simulate(N, T, panels) -> Ratios:
    out = {"reml": [], "two_pass": [], "ols": []}
    collapsed, status = [], []
    for rep in range(panels):
        B, psi, _, R = daily(N, T, rep)
        sections = static(B, T)
        for method, rows in out.items():
            rows.append(estimate(R, sections, method=method).psi / psi)
        seed = estimate(R, sections, method="iterated")
        collapsed.append(seed.psi / psi)
        status.append(seed.status)
    return Ratios(*(np.array(rows) for rows in out.values()), collapsed, status)


@pytest.fixture(scope="module")
def small():
    return simulate(30, 250, PANELS)


@pytest.fixture(scope="module")
def middle():
    return simulate(100, 250, PANELS)


def rms(ratios):
    return np.sqrt(((ratios - 1) ** 2).mean())


def test_reml_is_unbiased_on_average_and_nothing_collapses(small, middle):
    for found, largest in ((small, 0.125), (middle, 0.100)):
        assert abs(found.reml.mean() - 1) < 0.01
        assert rms(found.reml) < largest
        assert found.reml.min() > 0.05


def test_the_seeds_two_passes_are_biased_as_methodology_says(small, middle):
    assert abs(small.two_pass.mean() - 0.851) < 0.02
    assert abs(middle.two_pass.mean() - 0.951) < 0.01
    assert abs(small.ols.mean() - 0.991) < 0.02


def test_the_seeds_iteration_names_the_assets_that_collapse(small, middle):
    """Methodology 6.9: in 100 % of the panels of 30 assets, in 82 % of those of 100."""
    share = [np.mean(["collapsed" in status for status in found.iterated_status]) for found in (small, middle)]
    assert share[0] > 0.98
    assert 0.70 < share[1] < 0.94
    for found in (small, middle):
        for ratios, status in zip(found.collapsed, found.iterated_status, strict=True):
            assert len(status) == len(ratios)
            assert (ratios > 0).all()  # a collapsed asset shows the floor's value


def test_with_500_assets_reml_is_as_good_as_knowing_the_idio_returns():
    for T, panels in ((60, 6), (250, 6), (1000, 3)):
        found = []
        two = []
        for rep in range(panels):
            B, psi, _, R = daily(500, T, rep)
            found.append(estimate(R, static(B, T)).psi / psi)
            two.append(estimate(R, static(B, T), method="two_pass").psi / psi)
        if T == 250:
            assert abs(np.mean(found) - 1) < 0.006
            assert abs(np.mean(two) - 0.990) < 0.006
        assert abs(rms(np.array(found)) / np.sqrt(2 / T) - 1) < 0.05


def test_a_fifth_of_the_returns_missing_leaves_it_unbiased():
    ratios = []
    for rep in range(8):
        B, psi, _, R = daily(30, 250, rep)
        R = np.where(np.random.default_rng(rep).random(R.shape) < 0.2, np.nan, R)
        ratios.append(estimate(R, static(B, 250), tolerance=1e-5).psi / psi)
    assert abs(np.mean(ratios) - 1) < 0.02
    assert np.min(ratios) > 0.05


def test_even_where_most_assets_collapse_they_are_named_and_the_rest_set_the_floor():
    B, _, _, R = daily(30, 60, 1)
    found = estimate(R[:, :7], static(B[:7], 60), method="iterated")
    kept = np.array(found.status) != "collapsed"
    assert 2 <= kept.sum() < 7
    np.testing.assert_allclose(found.psi[~kept], 0.05 * np.median(found.psi[kept]), rtol=1e-12)
    assert found.psi.min() > 1e-3


def industries(N=30, T=250, seed=1):
    """Constant, four industries of which the last has one stock only, two styles; caps."""
    rng = np.random.default_rng(seed)
    codes = np.append(np.concatenate([np.arange(3), rng.integers(0, 3, N - 4)]), 3)
    S = np.column_stack([np.ones(N), rng.normal(size=(N, 2))])
    R = rng.normal(size=(T, 1)) + rng.normal(size=(T, 4))[:, codes] + rng.normal(size=(T, N)) * rng.uniform(1, 2, N)
    return R, static(S, T, codes, (4,), constant=0), rng.lognormal(size=(1, N))


@pytest.mark.parametrize("method", ["reml", "em", "two_pass", "iterated", "ols"])
def test_the_only_stock_of_its_industry_is_not_identified_and_gets_the_median(method):
    R, sections, caps = industries()
    found = estimate(R, sections, caps, method)
    assert found.status[-1] == "not identified"
    others = [k for k, status in enumerate(found.status) if status != "not identified"]
    assert len(others) == 29
    raw = found.psi[[k for k in others if found.status[k] == "ok"]]
    assert raw.min() < found.psi[-1] < raw.max()
    if method == "reml":
        assert found.psi[-1] == np.median(found.psi[others])


def test_with_many_assets_the_median_is_that_of_the_cap_quintile():
    rng = np.random.default_rng(9)
    N, T = 60, 400
    caps = rng.permutation(N) + 1.0
    quintile = (caps - 1) // 12
    codes = np.append(rng.integers(0, 2, N - 1), 2)
    R = rng.normal(size=(T, N)) * np.sqrt(np.exp(quintile))
    sections = static(np.ones((N, 1)), T, codes, (3,), constant=0)
    found = estimate(R, sections, caps[None])
    peers = found.psi[:-1][quintile[:-1] == quintile[-1]]
    np.testing.assert_allclose(found.psi[-1], np.median(peers), rtol=1e-12)
    everyone = estimate(R, sections)
    np.testing.assert_allclose(everyone.psi[-1], np.median(everyone.psi[:-1]), rtol=1e-12)


def test_a_variance_below_the_floor_is_raised_to_it_and_says_so():
    rng = np.random.default_rng(10)
    N, T = 40, 500
    psi = np.ones(N)
    psi[3] = 0.004
    B = np.column_stack([np.ones(N), rng.normal(size=(N, 2))]) * 0.05
    B[:, 0] = 1
    R = rng.normal(size=(T, 3)) @ B.T + rng.normal(size=(T, N)) * np.sqrt(psi)
    for method in ("reml", "em", "two_pass"):
        found = estimate(R, static(B, T), method=method, floor=0.2)
        assert found.status[3] == "floored"
        assert found.status.count("floored") == 1
        np.testing.assert_allclose(found.psi[3], 0.2 * np.median(found.psi), rtol=1e-6)
    assert "floored" not in estimate(R, static(B, T), floor=0.0).status


def test_shuffled_assets_and_other_units_change_nothing_else():
    B, _, _, R = daily(30, 120, 5)
    order = np.random.default_rng(11).permutation(30)
    for method in ("reml", "em", "two_pass", "iterated", "ols"):
        found = estimate(R, static(B, 120), method=method)
        other = estimate(100 * R[:, order], static(B[order], 120), method=method)
        np.testing.assert_allclose(other.psi, 1e4 * found.psi[order], rtol=1e-5)
        assert other.status == [found.status[k] for k in order]


def test_noise_free_returns_have_no_idio_variance():
    B, _, F, _ = daily(30, 100, 6)
    for method in ("reml", "em", "two_pass", "ols"):
        assert estimate(F @ B.T, static(B, 100), method=method, max_iterations=100).psi.max() < 1e-9


def test_assets_and_dates_without_data_are_left_out():
    B, _, _, R = daily(30, 60, 7)
    R[:, 4] = np.nan
    R[10, 6:] = np.nan
    found = estimate(R, static(B, 60))
    assert found.used.tolist() == [k for k in range(30) if k != 4]
    assert found.dates.tolist() == [t for t in range(60) if t != 10]
    keep = np.arange(30) != 4
    same = estimate(np.delete(R[:, keep], 10, axis=0), static(B[keep], 59))
    np.testing.assert_allclose(found.psi, same.psi, rtol=1e-9)


def test_passes_are_counted_and_a_limit_is_reported():
    B, _, _, R = daily(30, 100, 8)
    assert len(estimate(R, static(B, 100), method="ols").passes) == 1
    assert len(estimate(R, static(B, 100), method="two_pass").passes) == 2
    short = estimate(R, static(B, 100), max_iterations=3)
    assert (len(short.passes), short.converged) == (3, False)
    assert estimate(R, static(B, 100)).converged
    assert len(estimate(R, static(B, 100), method="two_pass", max_iterations=1).passes) == 2


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"method": "rmel"}, "OPTION_UNKNOWN: method is 'rmel', not one of reml, em, two_pass, iterated, ols: "),
        ({"floor": 1.0}, "VALUE_RANGE: floor is 1: type a share from 0 to below 1, such as 0.05"),
        ({"floor": -0.1}, "VALUE_RANGE: floor is -0.1: type a share from 0 to below 1, such as 0.05"),
        ({"tolerance": 0.0}, "VALUE_RANGE: tolerance is 0: type a small number above 0, such as 1e-8"),
        ({"max_iterations": 0}, "VALUE_RANGE: max_iterations is 0: type 1 or more"),
        ({"half_life": -1.0}, "VALUE_RANGE: half_life is -1: type 0 (equal weights) or more"),
    ],
)
def test_options_out_of_range_are_refused_in_one_line(options, line):
    B, _, _, R = daily(30, 60, 9)
    with pytest.raises(FactorError) as caught:
        estimate(R, static(B, 60), **options)
    assert str(caught.value).startswith(line)
    if "method" in options:
        assert str(caught.value).endswith("did you mean reml?")


def test_too_few_assets_and_empty_returns_are_refused():
    B, _, _, R = daily(30, 60, 9)
    with pytest.raises(FactorError, match="FEW_ASSETS: no date has 7 assets with a return and loadings"):
        estimate(R[:, :6], static(B[:6], 60))
    with pytest.raises(FactorError, match="ALL_ZERO: all returns are zero"):
        estimate(0 * R, static(B, 60))
