"""A risk model from its file: what the risk functions take as loadings, factor covariance and idio variances."""

from __future__ import annotations

from typing import Annotated

import pandas as pd

from xlfactor.errors import FactorError, did_you_mean, first_five
from xlfactor.functions.kinds import Kind, OptionalAssetNames
from xlfactor.functions.model_files import model_at
from xlfactor.functions.registry import worksheet_function
from xlfactor.model import RiskModel
from xlfactor.tables.factors import factor_table

ModelPath = Annotated[
    str, Kind("path", "A model file of xlfactor estimate, named inside the folder that XLFACTOR_MODELS is set to.")
]


@worksheet_function("Model")
def model_loadings(path: ModelPath, assets: OptionalAssetNames = None) -> pd.DataFrame:
    """Loadings of a model file, as of the model's last date.

    Question: what are the loadings of the big model that was estimated last night?

    path : inside the folder of the environment variable XLFACTOR_MODELS.
    assets : blank for all.

    Returns assets × styles and families (text); an asset that the model knew before but has no loadings of now is a
    row of blanks.
    Raises ASSET_UNKNOWN; MODEL_FOLDER where the variable is not set, PATH_OUTSIDE, FILE_NOT_FOUND, FILE_CORRUPT.

    >>> import os
    >>> dates = ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"]
    >>> returns = pd.DataFrame(
    ...     [[0.03, 0, 0], [0, 0.03, 0], [0, 0, 0.03], [0.01, 0.02, 0.06]], dates, list("ABC"))
    >>> loadings = pd.DataFrame({"market": 1.0}, list("ABC"))
    >>> model = xlfactor.RiskModel.estimate(returns, loadings, half_life=1, burn_in=3)
    >>> model.save(os.path.join(os.environ["XLFACTOR_MODELS"], "world.npz"))
    >>> xlfactor.model_loadings("world.npz", ["C", "A"])
           market
    Asset
    C         1.0
    A         1.0
    """
    model = model_at(path)
    return _of(model.loadings.rename_axis("Asset"), assets, model)


@worksheet_function("Model")
def model_factor_covariance(path: ModelPath, assets: OptionalAssetNames = None) -> pd.DataFrame:
    """Factor covariance of a model file, per period.

    Question: what is the factor covariance of the big model that was estimated last night?

    path : as MODEL_LOADINGS.
    assets : Ω_f has the factors that the loadings of these assets have: every style, and the family values of these
    assets; blank for all.

    Returns K × K factors, per period.
    Raises as MODEL_LOADINGS.

    >>> import os
    >>> dates = ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"]
    >>> returns = pd.DataFrame(
    ...     [[0.03, 0, 0], [0, 0.03, 0], [0, 0, 0.03], [0.01, 0.02, 0.06]], dates, list("ABC"))
    >>> loadings = pd.DataFrame({"market": 1.0}, list("ABC"))
    >>> model = xlfactor.RiskModel.estimate(returns, loadings, half_life=1, burn_in=3)
    >>> model.save(os.path.join(os.environ["XLFACTOR_MODELS"], "world.npz"))
    >>> xlfactor.model_factor_covariance("world.npz").index.tolist()
    ['market']
    """
    model = model_at(path)
    C = model.factor_covariance
    if assets is None:
        return C.rename_axis("Factor")
    table = factor_table(_of(model.loadings, assets, model).dropna(how="all"))
    # a family value that another column has too is `Family: value` among all assets, and plain among some
    stored = {name: name if name in C.index else f"{table.family.get(name, '')}: {name}" for name in table.names}
    known = [name for name in table.names if stored[name] in C.index]
    places = C.index.get_indexer(pd.Index([stored[name] for name in known]))
    return pd.DataFrame(C.to_numpy()[places[:, None], places], pd.Index(known, name="Factor"), known)


@worksheet_function("Model")
def model_idio_variance(path: ModelPath, assets: OptionalAssetNames = None) -> pd.DataFrame:
    """Idio variances of a model file, per period.

    Question: what are the idio variances of the big model that was estimated last night?

    path, assets : as MODEL_LOADINGS.

    Returns asset × variance, ψ after the model's last date, per period; missing for an asset without any return so
    far.
    Raises as MODEL_LOADINGS.

    >>> import os
    >>> dates = ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"]
    >>> returns = pd.DataFrame(
    ...     [[0.03, 0, 0], [0, 0.03, 0], [0, 0, 0.03], [0.01, 0.02, 0.06]], dates, list("ABC"))
    >>> loadings = pd.DataFrame({"market": 1.0}, list("ABC"))
    >>> model = xlfactor.RiskModel.estimate(returns, loadings, half_life=1, burn_in=3)
    >>> model.save(os.path.join(os.environ["XLFACTOR_MODELS"], "world.npz"))
    >>> xlfactor.model_idio_variance("world.npz", ["A", "C"]).round(8)
           variance
    Asset
    A       0.00040
    C       0.00065
    """
    model = model_at(path)
    return _of(model.idio_variance.rename_axis("Asset"), assets, model)


def _of(table: pd.DataFrame, assets: list[str] | None, model: RiskModel) -> pd.DataFrame:
    """The rows of `assets`, in their order; the model must have heard of each."""
    if assets is None:
        return table
    heard = model.loadings.index.union(model.assets.index)
    unknown = [name for name in assets if name not in heard]
    if unknown:
        raise FactorError(
            "ASSET_UNKNOWN", f"the model has no asset {first_five(unknown)}",
            did_you_mean(unknown[0], heard) or "check the name, or leave it out", argument="assets",
        )  # fmt: skip
    return table.reindex(assets).rename_axis("Asset")
