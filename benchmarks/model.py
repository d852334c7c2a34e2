"""One new day of a risk model on panel c against skfolio's CharacteristicsFactorModel.partial_fit (target 3).

The peer standardizes the day's styles as well (it cannot be told not to); ours takes them standardized, reads and
checks DataFrames where the peer takes arrays, and hashes what it was given.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

import xlfactor
from benchmarks.panels import INDUSTRIES, STYLES, Arrays, arrays, tables
from benchmarks.report import Report
from benchmarks.timing import alone, interleaved

FIRST = 63  # dates that the peer's model is fitted on: it then has less history than ours, which has all but RUNS
RUNS = 20


def run(report: Report) -> None:
    p = arrays("c")
    begin, days = past(p), peer_days(p)
    ours = updates(*begin)
    pair = interleaved(lambda: next(ours), lambda: next(days), RUNS - 1)
    report.row("c: update by a day", pair.ours, pair.peer, ratio=pair.ratio, target="≤ 8 ms, ≥ 10")
    model, day, loadings, caps = begin[0], *begin[1][0]
    report.row("c: the first update of a loaded model", alone(lambda: fresh(model).update(day, loadings, caps), RUNS))


Day = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def past(p: Arrays) -> tuple[xlfactor.RiskModel, list[Day]]:
    """The model of all dates but the last RUNS, and these: returns, loadings and caps of one date each."""
    t = tables(p)
    dates = t.returns.index
    before = dates[-RUNS - 1]
    rows = len(t.caps.columns) * (len(dates) - RUNS)
    model = xlfactor.RiskModel.estimate(
        t.returns.loc[:before], t.loadings.iloc[:rows], t.caps.loc[:before], method="sqrt_cap"
    )
    return model, [(t.returns.loc[[d]], t.loadings.xs(d), t.caps.loc[d].to_frame("cap")) for d in dates[-RUNS:]]


def fresh(model: xlfactor.RiskModel) -> xlfactor.RiskModel:
    """The model without anything that it remembers beyond its tables."""
    kept = {name: getattr(model, name) for name in model.__dataclass_fields__}
    return xlfactor.RiskModel(**kept)


def updates(model: xlfactor.RiskModel, days: list[Day]) -> Iterator[xlfactor.RiskModel]:
    for day in days:
        model = model.update(*day)
        yield model


def peer_days(p: Arrays) -> Iterator[object]:
    """Its model after each further date."""
    model = characteristics_model().fit(characteristics=asset_panel(p, 0, FIRST))
    for t in range(FIRST, FIRST + RUNS):
        panel = asset_panel(p, t, t + 1)
        yield model.partial_fit(characteristics=panel)


def characteristics_model() -> object:
    from skfolio.descriptor import Passthrough
    from skfolio.factor_exposure import FixedWeightedFactor, GlobalFactor, OneHotCategoricalFactors
    from skfolio.prior import CharacteristicsFactorModel

    styles = [
        (f"style{k}", FixedWeightedFactor(descriptors=[(f"raw{k}", Passthrough(f"style{k}"))]))
        for k in range(1, 1 + STYLES)
    ]
    industry = OneHotCategoricalFactors(category="industry", family="industry")
    return CharacteristicsFactorModel(
        factors=[("market", GlobalFactor()), ("industry", industry), *styles],
        constrained_families=[("industry", None)],
    )


def asset_panel(p: Arrays, first: int, last: int) -> object:
    from skfolio.containers import AssetPanel, FieldCategorical

    T, N = p.R.shape
    S, codes = p.sections.B.S.reshape(T, N, -1)[first:last], p.sections.B.codes.reshape(T, N)[first:last]
    levels = [f"industry{k}" for k in range(INDUSTRIES)]
    fields = {f"style{k}": np.ascontiguousarray(S[:, :, k]) for k in range(1, 1 + STYLES)}
    return AssetPanel(
        {"returns": p.R[first:last], "market_cap": p.caps[first:last],
         "industry": FieldCategorical(codes, levels=levels), **fields},
        observations=pd.bdate_range("2015-01-01", periods=T).to_numpy()[first:last],
        asset_names=np.array([f"A{i:05d}" for i in range(N)]),
    )  # fmt: skip
