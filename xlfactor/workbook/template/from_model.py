"""A workbook on a model file: the user's portfolio, the model's tables of its assets, and its risk.

Every number is a live formula; the model itself stays in its file, so that a new file is a new model in the book.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import xlfactor
from xlfactor.errors import FactorError
from xlfactor.functions.model_files import FOLDER
from xlfactor.model import RiskModel
from xlfactor.tables.cells import Cell, label
from xlfactor.tables.spill import spill
from xlfactor.workbook.newdata.datafile import number_at, read_data
from xlfactor.workbook.template.layout import CONTRIBUTIONS, MEASURES
from xlfactor.workbook.template.model_sheets import write_model_book
from xlfactor.workbook.template.schema import Block, Plain
from xlfactor.workbook.writing.targets import refuse_target

ASSETS, HELD = "tblPortfolio[Asset]", "tblPortfolio[[#All],[Asset]:[Benchmark]]"
TABLES = f"{HELD},xlf_loadings,xlf_factor_covariance,xlf_idio_variance"
MODEL_ROW, TILE_ROW, RISK_ROW = 11, 4, 8  # the anchors on Model, the tiles and the tables on Risk
SPARE = 40  # rows and, on Model, columns that a block may grow by
RISK_COLUMNS = {"by_factor": 2, "risk": 10, "exposures": 15}
TILES = (  # label, measure, view, number format
    ("Total volatility", "annual_volatility", "portfolio", "volatility"),
    ("Active volatility", "annual_volatility", "active", "volatility"),
    ("Factor share", "factor_share", "portfolio", "share"),
    ("Beta", "beta", "portfolio", "loading"),
    ("Value at risk", "value_at_risk", "portfolio", "contribution"),
    ("Effective assets", "effective_assets", "portfolio", "z"),
)
PERIODS, CONFIDENCE, HORIZON = 252.0, 0.95, 1.0


@dataclass(frozen=True)
class Tables:
    """What the live blocks give, by name without its xlf_."""

    model: dict[str, pd.DataFrame]
    risk: dict[str, pd.DataFrame]


def book_of_model(out: Path, model: Path, assets: Path, force: bool = False) -> Path:
    """Write the workbook `out`; return the folder that XLFACTOR_MODELS has to name where the book is calculated.

    assets : a CSV, Parquet or Excel file with a column Asset, and if known Portfolio and Benchmark; without weights
    all weigh the same. Raises FILE_EXISTS, FOLDER_MISSING, PATH_OUTSIDE; what RiskModel.load, MODEL_LOADINGS and
    RISK_DECOMPOSITION raise.
    """
    refuse_target(out, ".xlsx", force)
    loaded = RiskModel.load(model)
    portfolio = _portfolio(assets)
    with _folder_of(model) as folder:
        path = model.resolve().relative_to(folder).as_posix()
        tables = _tables(path, portfolio)
    blocks, tiles = _blocks(tables), _tiles()
    given = tables.model | tables.risk
    values = {(b.sheet, b.row, b.column): spill(given[b.name.removeprefix("xlf_")]) for b in blocks}
    for (_, tile), (_, measure, view, _) in zip(tiles, TILES, strict=True):
        values[tile.sheet, tile.row, tile.column] = spill(tables.risk["risk"].loc[measure, view])
    write_model_book(out, values, blocks, tiles, portfolio, _about(path, loaded), _options(path))
    return folder


@contextmanager
def _folder_of(model: Path) -> Iterator[Path]:
    """The folder of model files; where none is set it is the model's own for now, for its user has just named it."""
    named = os.environ.get(FOLDER, "").strip()
    folder = (Path(named) if named else model.parent).resolve()
    if not model.resolve().is_relative_to(folder):
        raise FactorError(
            "PATH_OUTSIDE", f"the model file is not in the folder of {FOLDER}", "move it there", where=str(model)
        )
    os.environ[FOLDER] = str(folder)
    try:
        yield folder
    finally:
        if named:
            os.environ[FOLDER] = named
        else:
            del os.environ[FOLDER]


def _portfolio(file: Path) -> pd.DataFrame:
    """Asset down, portfolio and benchmark across; a benchmark that is not given is blank."""
    data = read_data(file, "portfolio")
    places = {name.casefold(): place for place, name in enumerate(data.labels)}
    if "asset" not in places:
        raise FactorError("COLUMN_UNKNOWN", "no column is called Asset", "name the column of assets", where=file.name)
    names = [label(row[places["asset"]]) for row in data.rows]
    columns: dict[str, list[float | None]] = {}
    for name in ("portfolio", "benchmark"):
        given = name in places
        columns[name] = [number_at(data, k, places[name]) if given else None for k in range(len(names))]
    if "portfolio" not in places:
        columns["portfolio"] = [1 / len(names)] * len(names)
    return pd.DataFrame(columns, pd.Index(names, name="Asset"), dtype=float)


def _tables(path: str, portfolio: pd.DataFrame) -> Tables:
    names = list(portfolio.index)
    B = xlfactor.model_loadings(path, names)
    C = xlfactor.model_factor_covariance(path, names)
    psi = xlfactor.model_idio_variance(path, names)
    model = {"loadings": B, "factor_covariance": C, "idio_variance": psi}
    risk = {
        "by_factor": xlfactor.risk_by_factor(portfolio, B, C, psi, periods_per_year=PERIODS),
        "risk": xlfactor.risk_decomposition(portfolio, B, C, psi, PERIODS, CONFIDENCE, HORIZON),
        "exposures": xlfactor.exposures(portfolio, B),
        "by_asset": xlfactor.risk_by_asset(portfolio, B, C, psi, periods_per_year=PERIODS),
    }
    return Tables(model, risk)


def _blocks(tables: Tables) -> list[Block]:
    """The live formulas with their places: those of Model side by side, on Risk the assets below the rest."""
    found, column = [], 1
    for name, table in tables.model.items():
        formula, width = f"=MODEL_{name.upper()}(xlf_path,{ASSETS})", table.shape[1] + 1
        number = "loading" if name == "loadings" else "variance"
        title = name.replace("_", " ").capitalize()
        found.append(Block(f"xlf_{name}", formula, title, "", "Model", MODEL_ROW, column, width, number))
        column += width + (SPARE if name == "factor_covariance" else 5)  # new assets may bring new family values
    last_row = RISK_ROW + max(len(tables.risk[name]) for name in RISK_COLUMNS) + SPARE + 3
    for name, formula, title, number, formats in (
        ("by_factor", f"RISK_BY_FACTOR({TABLES},,xlf_periods_per_year)", "Risk by factor", "loading",
         {"volatility": "volatility", **CONTRIBUTIONS}),
        ("risk", f"RISK_DECOMPOSITION({TABLES},xlf_periods_per_year,xlf_confidence,xlf_horizon)", "Risk measures",
         "volatility", {}),
        ("exposures", f"EXPOSURES({HELD},xlf_loadings)", "Exposures", "loading", {}),
        ("by_asset", f"RISK_BY_ASSET({TABLES},,xlf_periods_per_year)", "Risk by asset", "contribution",
         {"share": "contribution"}),
    ):  # fmt: skip
        row, at = (RISK_ROW, RISK_COLUMNS[name]) if name in RISK_COLUMNS else (last_row, 2)
        by_row, spare = (MEASURES if name == "risk" else {}), (SPARE if name in RISK_COLUMNS else 10**6)
        width = tables.risk[name].shape[1] + 1
        found.append(Block(f"xlf_{name}", f"={formula}", title, "", "Risk", row, at, width, number, dict(formats),
                           by_row, spare))  # fmt: skip
    return found


def _tiles() -> list[tuple[str, Plain]]:
    """The figures on top of Risk, found by their labels."""
    found = []
    for k, (text, measure, view, number) in enumerate(TILES):
        row = f'MATCH("{measure}",INDEX(xlf_risk,0,1),0)'
        formula = f'=INDEX(xlf_risk,{row},MATCH("{view}",INDEX(xlf_risk,1,0),0))'
        found.append((text, Plain("Risk", TILE_ROW, 2 + k, formula, "tile_value", number)))
    return found


def _options(path: str) -> list[tuple[str, Cell, str, str]]:
    """Name, value, number format and meaning of what the user may change on Model."""
    return [
        ("path", path, "text", f"The model file, inside the folder of {FOLDER}."),
        ("periods_per_year", PERIODS, "number", "252 daily, 52 weekly, 12 monthly: makes annual figures."),
        ("confidence", CONFIDENCE, "share", "Of value at risk and expected shortfall."),
        ("horizon", HORIZON, "number", "Of value at risk and expected shortfall, in periods."),
    ]


def _about(path: str, model: RiskModel) -> list[tuple[str, str]]:
    return [
        ("Portfolio", "Type or paste assets and weights; the table grows with them. Benchmark may stay blank."),
        ("Model", f"Reads {path} in the folder that the environment variable {FOLDER} names."),
        ("", "Set it where the book is calculated. A new file under that name is a new model in this book."),
        ("Risk", "Read the risk. Without the add-in: xlfactor refresh."),
        ("When built", f"Model as of {model.date.date()}, {len(model.assets):,} assets, "
                       f"{len(model.factor_covariance)} factors, inputs {model.input_hash}, xlfactor {model.version}."),
    ]  # fmt: skip
