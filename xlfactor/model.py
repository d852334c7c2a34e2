"""RiskModel: loadings, factor covariance and idio variances as of a date, and what a further day needs of the past.

r_t = B f_t + ε_t, Ω_r = B Ω_f B' + Ω_ε. By walking forward (methodology 6.7): Ω_ε of t−1 gives f_t and ε_t, ε_t
updates Ω_ε; or with the weights sqrt(cap) and the EWMA of ε². Ω_f is FACTOR_COVARIANCE of all f_t. A day more is one
regression and one covariance.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from typing import Any

import numpy as np
import pandas as pd

from xlfactor import __version__
from xlfactor.engine import risk_model
from xlfactor.engine.risk_model import Method
from xlfactor.engine.threads import one_blas_thread
from xlfactor.errors import one_of
from xlfactor.tables import archive
from xlfactor.tables.align import panel
from xlfactor.tables.continuation import (
    continued,
    continued_caps,
    explaining,
    factor_names,
    last_dates,
    name_of_constant,
    newest_rows,
    until,
    with_new_values,
)
from xlfactor.tables.day import day_pattern
from xlfactor.tables.factors import FactorTable, factor_table
from xlfactor.tables.known import day_of_caps, day_of_loadings, day_of_returns
from xlfactor.tables.model_tables import assets_table, covariance_table, idio_of, with_row
from xlfactor.tables.parse import read

KINDS = {
    "method": "choice", "half_life": "number", "burn_in": "number", "lag": "whole", "half_life_volatility": "number",
    "half_life_correlation": "number", "newey_west_volatility": "whole", "newey_west_correlation": "whole",
    "shrinkage": "choice",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class RiskModel:
    """A risk model as of its last date; its tables go into the risk functions as they are.

    factor_covariance : K × K, per period, the factors of the newest loadings. factor_returns : T dates × factors,
    decimals per period. assets : every asset ever seen × variance (missing until its first return), dates (on how
    many it was estimated). recent_loadings, recent_caps : static ones, or the last `lag` dates of dated ones. family :
    each factor's family, "" for a style. constant : the style that is one number for all assets, or "".
    parameters : the options of `estimate`, burn_in as a number of dates. version : of xlfactor. input_hash : blake2b
    of labels and numbers given to estimate, then of each update's numbers and new labels with the hash before.

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

    @cached_property
    def loadings(self) -> pd.DataFrame:
        """B: assets × factors as of the last date, families as text columns."""
        return newest_rows(self.recent_loadings)

    @cached_property
    def _factors(self) -> FactorTable:
        return factor_table(self.loadings)

    @cached_property
    def _caps(self) -> pd.DataFrame | None:
        return None if self.recent_caps is None else newest_rows(self.recent_caps)

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
        method: Method = "walk_forward",
    ) -> RiskModel:
        """The model of the last date of `returns`, from returns and loadings alone.

        walk_forward: idio variances as WALK_FORWARD; factor returns with the idio variance of the day before, those of
        the burn-in with that of its end. sqrt_cap: factor returns with the weights sqrt(cap); idio variances the
        exponentially weighted mean of squared idio returns, without Newey-West; no burn-in. Ω_f as FACTOR_COVARIANCE.
        caps : for the families' zero sum, and the weights of sqrt_cap.
        burn_in : share of the dates, or from 1 up their number: an update equals a new estimate with the same number.
        Loadings dated after the last return are left out. Raises as WALK_FORWARD and FACTOR_COVARIANCE.
        """
        options = {name: value for name, value in locals().items() if name in KINDS}
        parameters = {name: read(KINDS[name], value, name) for name, value in options.items()}
        parameters["method"] = one_of(parameters["method"], Method, "method")
        R = read("returns", returns, "returns")
        B = until(read("loadings", loadings, "loadings"), R.index[-1])
        v = None if caps is None else read("caps", caps, "caps")
        share = 0 if parameters["method"] == "sqrt_cap" else parameters["burn_in"]
        parameters["burn_in"] = int(share if share >= 1 else np.floor(share * len(R) + 1e-9))
        with one_blas_thread():
            p = panel(R, B, caps=v, lag=parameters["lag"])
            F, idio = risk_model.on_all_dates(
                parameters["method"], p.R, p.sections, parameters["half_life"], parameters["burn_in"], p.caps
            )
            return cls.from_parts(
                p.by_factor(F), assets_table(idio, p.assets.rename("Asset")), B, v,
                {name: p.factors.family.get(name, "") for name in p.factors.names},
                name_of_constant(p.factors), parameters, archive.input_hash("", R, B, v),
            )  # fmt: skip

    @classmethod
    def from_parts(
        cls,
        factor_returns: pd.DataFrame,
        assets: pd.DataFrame,
        loadings: pd.DataFrame,
        caps: pd.DataFrame | None,
        family: Mapping[str, str],
        constant: str,
        parameters: Mapping[str, Any],
        input_hash: str,
    ) -> RiskModel:
        """A model from its parts, however they were estimated: its past cut to what an update needs, and Ω_f.

        loadings, caps : as `tables.parse.read` gives them, of the last `lag` dates at least. The others as the
        attributes; parameters that are left out are the defaults of `estimate`. Raises as FACTOR_COVARIANCE.
        """
        given = {name: signature(cls.estimate).parameters[name].default for name in KINDS} | dict(parameters)
        kept = max(given["lag"], 1)
        names = factor_names(factor_table(newest_rows(loadings)), dict(family))
        return cls(
            covariance_table(factor_returns, names, given), factor_returns, assets, last_dates(loadings, kept),
            None if caps is None else last_dates(caps, kept), dict(family), constant, given, __version__, input_hash,
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
        assets, lag, method = self.assets.index, self.parameters["lag"], self.parameters["method"]
        date, day = day_of_returns(returns, assets, self.date)
        given, now = None, self._factors
        if loadings is not None:
            given, now = day_of_loadings(loadings, self.loadings, now, date)
        new_caps = None if caps is None else day_of_caps(caps, assets, date)
        recent = continued(self.recent_loadings, given, date, max(lag, 1))
        recent_caps = continued_caps(self.recent_caps, new_caps, date, max(lag, 1))
        B = explaining(self.recent_loadings, self.loadings, given, lag)
        v = explaining(self.recent_caps, self._caps, new_caps, lag)
        index = assets if day.columns.equals(assets) else assets.union(day.columns, sort=False).rename(assets.name)
        with one_blas_thread():
            table = now if B is given else self._factors if B is self.loadings else None
            one = day_pattern(day, B, v, index, self.family, self.constant, by_cap=method == "sqrt_cap", table=table)
            f, idio = risk_model.on_one_more(
                method, one.pattern, idio_of(self.assets, index), self.parameters["half_life"]
            )
            family = with_new_values(self.family, one.names, one.table)
            names = factor_names(now, family)
            family = with_new_values(family, names, now)
            F = with_row(self.factor_returns, date, dict(zip(one.names, f, strict=True)), list(family))
            after = RiskModel(
                covariance_table(F, names, self.parameters), F, assets_table(idio, index), recent, recent_caps, family,
                self.constant, self.parameters, __version__,
                archive.hash_of_day(self.input_hash, date, day, given, now, new_caps, assets),
            )  # fmt: skip
        after.__dict__["_factors"] = now  # the next update need not read them again
        if given is not None:
            after.__dict__["loadings"] = given
        if new_caps is not None:
            after.__dict__["_caps"] = new_caps
        return after

    def save(self, path: str | os.PathLike[str]) -> None:
        """One npz file without pickle; the same model gives the same bytes. Raises FOLDER_MISSING."""
        tables = {name: getattr(self, name) for name in _STORED if getattr(self, name) is not None}
        archive.write(path, tables, {name: getattr(self, name) for name in _FACTS})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> RiskModel:
        """The model that `save` wrote, to the last bit. Raises FILE_NOT_FOUND, FILE_CORRUPT, MODEL_NEWER."""
        return archive.read(path, lambda tables, facts: cls(**{"recent_caps": None, **tables, **_with_method(facts)}))


_STORED = ("factor_covariance", "factor_returns", "assets", "recent_loadings", "recent_caps")
_FACTS = ("family", "constant", "parameters", "version", "input_hash")


def _with_method(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts of a file that was written before there was a choice of method."""
    return facts | {"parameters": {"method": "walk_forward", **facts["parameters"]}}
