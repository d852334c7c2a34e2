"""RiskModel: loadings, factor covariance and idio variances as of a date, and what a further day needs of the past.

r_t = B f_t + ε_t, Ω_r = B Ω_f B' + Ω_ε. Estimated by walking forward (methodology 6.7): Ω_ε of t−1 gives f_t and ε_t,
ε_t updates Ω_ε; Ω_f is FACTOR_COVARIANCE of all f_t. A day more is one regression and one covariance.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from xlfactor import __version__
from xlfactor.engine import covariance, regression
from xlfactor.engine.regression import enough
from xlfactor.engine.sections import patterns
from xlfactor.engine.walk_forward import step, walk_forward, with_new
from xlfactor.errors import FactorError
from xlfactor.tables import archive
from xlfactor.tables.align import panel
from xlfactor.tables.continuation import (
    factor_names,
    joined,
    joined_caps,
    last_dates,
    name_of_constant,
    place_of_constant,
    refuse_other_than_next,
    until,
    with_new_values,
)
from xlfactor.tables.factors import factor_table
from xlfactor.tables.holdings import newest
from xlfactor.tables.parse import read

COVARIANCE = (
    "half_life_volatility", "half_life_correlation", "newey_west_volatility", "newey_west_correlation", "shrinkage",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class RiskModel:
    """A risk model as of its last date; its tables go into the risk functions as they are.

    factor_covariance : K × K, per period, the factors of the newest loadings. factor_returns : T dates × factors,
    decimals per period. assets : every asset ever seen × variance (missing until its first return), dates (on how
    many it was estimated). recent_loadings, recent_caps : static ones, or the last `lag` dates of dated ones. family :
    each factor's family, "" for a style. constant : the style that is one number for all assets, or "".
    parameters : the options of `estimate`, burn_in as a number of dates. version : of xlfactor. input_hash : blake2b
    of labels and numbers given to estimate, then of each update's with the hash before.

    >>> dates = ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"]
    >>> returns = pd.DataFrame([[0.03, 0, 0], [0, 0.03, 0], [0, 0, 0.03], [0.01, 0.02, 0.06]], dates, list("ABC"))
    >>> loadings = pd.DataFrame({"market": 1.0}, list("ABC"))
    >>> model = xlfactor.RiskModel.estimate(returns, loadings, half_life=1, burn_in=3)
    >>> model.idio_variance.round(8)
           variance
    Asset
    A       0.00040
    B       0.00025
    C       0.00065
    >>> model.update(pd.DataFrame([[0.02, 0.01, 0.03]], ["2026-01-09"], list("ABC"))).factor_returns.tail(2).round(6)
                  market
    Date
    2026-01-08  0.030000
    2026-01-09  0.016938
    """

    factor_covariance: pd.DataFrame
    factor_returns: pd.DataFrame
    assets: pd.DataFrame
    recent_loadings: pd.DataFrame
    recent_caps: pd.DataFrame | None
    family: dict[str, str]
    constant: str
    parameters: dict[str, Any]
    version: str
    input_hash: str

    @property
    def date(self) -> pd.Timestamp:
        """The last date of returns."""
        return pd.Timestamp(self.factor_returns.index[-1])

    @property
    def loadings(self) -> pd.DataFrame:
        """B: assets × factors as of the last date, families as text columns."""
        return newest(self.recent_loadings)[1]

    @property
    def idio_variance(self) -> pd.DataFrame:
        """Ω_ε: asset × variance, per period, after the last date."""
        return self.assets[["variance"]].dropna()

    @classmethod
    def estimate(
        cls,
        returns: pd.DataFrame,
        loadings: pd.DataFrame,
        caps: pd.DataFrame | None = None,
        half_life: float = 60,
        burn_in: float = 0.5,
        lag: int = 1,
        half_life_volatility: float = 84,
        half_life_correlation: float = 504,
        newey_west_volatility: int = 5,
        newey_west_correlation: int = 2,
        shrinkage: str = "none",
    ) -> RiskModel:
        """The model of the last date of `returns`, from returns and loadings alone.

        Idio variances as WALK_FORWARD; factor returns with the idio variance of the day before, those of the burn-in
        with that of its end; Ω_f as FACTOR_COVARIANCE. caps : for the families' zero sum only.
        burn_in : share of the dates, or from 1 up their number: an update equals a new estimate with the same number.
        Loadings dated after the last return are left out. Raises as WALK_FORWARD and FACTOR_COVARIANCE.
        """
        parameters: dict[str, Any] = {
            name: read(kind, value, name)
            for name, kind, value in (
                ("half_life", "number", half_life),
                ("burn_in", "number", burn_in),
                ("lag", "whole", lag),
                ("half_life_volatility", "number", half_life_volatility),
                ("half_life_correlation", "number", half_life_correlation),
                ("newey_west_volatility", "whole", newey_west_volatility),
                ("newey_west_correlation", "whole", newey_west_correlation),
                ("shrinkage", "choice", shrinkage),
            )
        }
        R = read("returns", returns, "returns")
        B = until(read("loadings", loadings, "loadings"), R.index[-1])
        v = None if caps is None else read("caps", caps, "caps")
        share = parameters["burn_in"]
        H = parameters["burn_in"] = int(share if share >= 1 else np.floor(share * len(R) + 1e-9))
        with threadpool_limits(1, "blas"):
            p = panel(R, B, caps=v, lag=parameters["lag"])
            walk = walk_forward(p.R, p.sections, parameters["half_life"], H / len(R), p.caps)
            F = walk.F
            start = replace(p.sections, of_date=p.sections.of_date[:H])
            for fit in regression.fits(p.R[:H], start, 1 / walk.start[None, :], p.caps):
                F[fit.pattern.dates] = fit.f
            return _model(
                p.by_factor(F),
                pd.DataFrame({"variance": walk.psi, "dates": walk.seen}, p.assets.rename("Asset")),
                B, v,
                {name: p.factors.family.get(name, "") for name in p.factors.names},
                name_of_constant(p.factors), parameters, _input_hash("", R, B, v),
            )  # fmt: skip

    def update(
        self, returns: pd.DataFrame | pd.Series, loadings: pd.DataFrame | None = None, caps: pd.DataFrame | None = None
    ) -> RiskModel:
        """The model a day later: what `estimate` gives on all returns so far, without their history.

        returns : one date × assets (a row, or a Series named by its date). An asset missing in it keeps its variance;
        a new one starts at the median. loadings, caps : those of that date. In a model of dated loadings they explain
        the returns `lag` dates later (lag 0: these); in one of static loadings they replace the table from this
        date on. None: as before.
        Raises DATE_ORDER, FACTOR_UNKNOWN for another set of columns, CAPS_UNUSED, FEW_ASSETS; else as `estimate`.
        """
        table = returns.to_frame().T if isinstance(returns, pd.Series) else returns
        day = read("returns", table, "returns")
        refuse_other_than_next(day, self.date)
        new_loadings = None if loadings is None else read("loadings", loadings, "loadings")
        new_caps = None if caps is None else read("caps", caps, "caps")
        B = joined(self.recent_loadings, new_loadings, day, "loadings")
        v = joined_caps(self.recent_caps, new_caps, day)
        assets = self.assets.reindex(self.assets.index.union(day.columns, sort=False))
        here = assets.index[assets.index.isin([*day.columns, *B.index.get_level_values(-1)])]
        with threadpool_limits(1, "blas"):
            p = panel(day.reindex(columns=here), B, caps=v, lag=self.parameters["lag"])
            names = factor_names(p.factors, self.family)
            sections = replace(p.sections, constant=place_of_constant(p.factors, self.constant))
            pattern = next(filter(enough, patterns(p.R, sections, np.ones((1, len(here))), p.caps)), None)
            if pattern is None:
                raise FactorError(
                    "FEW_ASSETS", f"too few assets have a return and loadings on {day.index[0].date()}",
                    "check the day's returns and the loadings before it", argument="returns",
                )  # fmt: skip
            pattern = replace(pattern, columns=assets.index.get_indexer(here)[pattern.columns])
            psi = with_new(assets["variance"].to_numpy(dtype=float), pattern.columns)
            fit = regression.fit(replace(pattern, w=1 / psi[pattern.columns]))
            psi, seen = step(fit, psi, assets["dates"].fillna(0).to_numpy(dtype=float), self.parameters["half_life"])
            family = with_new_values(self.family, names, p.factors)
            F = pd.concat([self.factor_returns, pd.DataFrame(fit.f, p.dates, names)])[list(family)]
            return _model(
                F, pd.DataFrame({"variance": psi, "dates": seen}, assets.index), B, v, family, self.constant,
                self.parameters, _input_hash(self.input_hash, day, new_loadings, new_caps),
            )  # fmt: skip

    def save(self, path: str | os.PathLike[str]) -> None:
        """One npz file without pickle; the same model gives the same bytes. Raises FOLDER_MISSING."""
        tables = {name: getattr(self, name) for name in _STORED if getattr(self, name) is not None}
        archive.write(path, tables, {name: getattr(self, name) for name in _FACTS})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> RiskModel:
        """The model that `save` wrote, to the last bit. Raises FILE_NOT_FOUND, FILE_CORRUPT, MODEL_NEWER."""
        return archive.read(path, lambda tables, facts: cls(**{"recent_caps": None, **tables, **facts}))


_STORED = ("factor_covariance", "factor_returns", "assets", "recent_loadings", "recent_caps")
_FACTS = ("family", "constant", "parameters", "version", "input_hash")


def _model(
    F: pd.DataFrame, assets: pd.DataFrame, B: pd.DataFrame, v: pd.DataFrame | None, family: dict[str, str],
    constant: str, parameters: dict[str, Any], input_hash: str,
) -> RiskModel:  # fmt: skip
    """The model with its past cut to what an update needs, and Ω_f of the factors that the newest loadings have."""
    now = factor_table(newest(B)[1])
    current = [name for name in factor_names(now, family) if F[name].notna().any()]
    kept = max(parameters["lag"], 1)
    return RiskModel(
        _covariance(F[current], parameters), F, assets, last_dates(B, kept), None if v is None else last_dates(v, kept),
        family, constant, parameters, __version__, input_hash,
    )  # fmt: skip


def _covariance(F: pd.DataFrame, parameters: dict[str, Any]) -> pd.DataFrame:
    names, values = list(F.columns), F.to_numpy(dtype=float)
    apart = covariance.unseen_pairs(values)
    if apart:
        j, k = apart[0]
        raise FactorError("NO_COMMON_DATE", f"{names[j]} and {names[k]} have no return on the same date", "drop one")
    Omega_f = covariance.factor_covariance(values, **{name: parameters[name] for name in COVARIANCE})
    return pd.DataFrame(Omega_f, pd.Index(names, name="Factor"), names)


def _input_hash(before: str, *tables: pd.DataFrame | None) -> str:
    for table in tables:
        before = archive.fingerprint({} if table is None else archive.pack(table), before)
    return before
