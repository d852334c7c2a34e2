"""The run's row in tblLog of our own template: what was computed from what, when, and the two volatilities."""

from __future__ import annotations

import datetime
import os

from xlfactor import __version__
from xlfactor.tables import cells
from xlfactor.workbook.addresses import cell_of
from xlfactor.workbook.newdata.table_body import Body, Row, body_of
from xlfactor.workbook.reading.package import Book, Table
from xlfactor.workbook.reading.sheet import Sheet
from xlfactor.workbook.results import Cell, Evaluation

KEPT = 250
LOG = "tbllog"


def log_table(book: Book) -> Table | None:
    """The table of runs; only a workbook with the property xlfactor_schema has one that is ours."""
    return book.tables.get(LOG) if book.schema else None


def with_log_row(table: Table, sheet: Sheet, facts: dict[str, Cell]) -> tuple[Body, list[Row]]:
    """The table's body and its new rows: one more, at most 250; a column that we know nothing of stays blank."""
    body = body_of(table, sheet)
    last = max((int(row[0]) for row in body.rows if isinstance(row[0], float)), default=0)
    facts = {"run": float(last + 1), **facts}
    return body, [*body.rows, [facts.get(label) for label in body.labels]][-KEPT:]


def run_facts(found: Evaluation, book: Book, *, input_hash: str, as_of: str, seconds: float) -> dict[str, Cell]:
    """What the log says of a run, by its column's label."""
    spills = {result.function: result.rows for result in found.formulas if result.rows}
    returns = spills.get("FACTOR_RETURNS", [[]])
    assets = book.tables["tblreturns"].columns[1:] if "tblreturns" in book.tables else ()
    facts: dict[str, Cell] = {
        "utc_time": now(),
        "version": __version__,
        "input_hash": input_hash,
        "as_of": cells.date(as_of),
        "assets": float(len(assets)),
        "factors": float(len(returns[0][1:])),
        "dates": float(len(returns[1:])),
        "seconds": round(seconds, 3),
        "status": status(found, book),
    }
    risk = spills.get("RISK_DECOMPOSITION", [])
    for row in risk[1:]:
        if row[0] == "annual_volatility":
            by_view = dict(zip(map(str, risk[0]), row, strict=True))
            facts["annual_volatility"] = by_view.get("portfolio")
            facts["active_volatility"] = by_view.get("active")
    return facts


def status(found: Evaluation, book: Book) -> Cell:
    """What the cell named xlf_status shows now."""
    sheet, _, cell = book.names.get(("", "xlf_status"), "").rpartition("!")
    for plain in found.plain:
        if plain.sheet == sheet.strip("'") and plain.cell == cell_of(cell):
            return plain.value
    return "OK" if all(result.status == "ok" for result in found.formulas) else "FAIL"


def now() -> datetime.datetime:
    """The time of the run, to the second; SOURCE_DATE_EPOCH makes it reproducible."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.datetime.fromtimestamp(int(epoch), datetime.UTC) if epoch else datetime.datetime.now(datetime.UTC)
    return moment.replace(microsecond=0, tzinfo=None)
