"""A model whose answer is known, through the catalogue as every host calls it."""

from __future__ import annotations

from collections.abc import Iterator

from xlfactor.doctor.machine import Machine
from xlfactor.finding import Finding, found

FACTOR_RETURNS = [[0.01, 0.02], [-0.03, 0.005], [0.0, -0.01]]  # 3 dates, 2 factors
STYLE = {"A": -1.5, "B": -0.5, "C": 0.5, "D": 1.5}
DATES = ("2026-01-28", "2026-01-29", "2026-01-30")
REINSTALL = "python -m pip install --force-reinstall xlfactor"


def self_test(machine: Machine) -> Iterator[Finding]:
    """Returns made from known factor returns must give them back."""
    try:
        from xlfactor.functions import catalogue

        returns = [["Date", *STYLE]] + [
            [date, *(market + style * x for x in STYLE.values())]
            for date, (market, style) in zip(DATES, FACTOR_RETURNS, strict=True)
        ]
        loadings = [["Asset", "Market", "Style"], *([asset, 1.0, x] for asset, x in STYLE.items())]
        rows = catalogue()["FACTOR_RETURNS"].spill([returns, loadings])
        pairs = [
            (float(str(value)), known)
            for row, truth in zip(rows[1:], FACTOR_RETURNS, strict=True)
            for value, known in zip(row[1:], truth, strict=True)
        ]
        error = max(abs(value - known) for value, known in pairs)
    except Exception as caught:  # whatever is broken in the installation is what doctor is asked to find
        yield Finding("FAIL", "self-test", f"{type(caught).__name__}: {caught}", REINSTALL)
    else:
        yield found(error < 1e-15, "self-test", f"largest error {error:.0e}", REINSTALL, "FAIL")
