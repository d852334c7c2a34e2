"""The catalogue: labelled functions, one file a stage. Adding a file here adds its functions everywhere."""

from __future__ import annotations

import importlib
import pkgutil

from xlfactor.functions.registry import Function, registered

STAGES = (  # the order of a fundamental factor model's making
    "Data ingestion",
    "Estimation universe",
    "Winsorization",
    "Loadings",
    "Regression",
    "Idio covariance",
    "Covariance",
    "Model",
    "Risk",
    "Performance",
    "Alpha",
    "Help",
)


def catalogue() -> dict[str, Function]:
    """Every worksheet function by name, in the order of the stages and, inside one, of its source file."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    functions = registered()
    order = {stage: place for place, stage in enumerate(STAGES)}
    return {
        name: functions[name]
        for name in sorted(functions, key=lambda name: order.get(functions[name].stage, len(order)))
    }
