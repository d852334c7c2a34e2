"""What the template remembers of runs on its sample: twenty days of the log, checks, two states, what moved.

Its days are in sample/runs.csv, each computed from the data up to it; build.py says how.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from xlfactor import __version__
from xlfactor.functions import catalogue
from xlfactor.tables import cells
from xlfactor.workbook.check import findings, inputs
from xlfactor.workbook.checks_table import CHECKS, in_order
from xlfactor.workbook.formulas.afterwards import afterwards
from xlfactor.workbook.formulas.evaluate import evaluate
from xlfactor.workbook.formulas.inputs import as_of, input_hash
from xlfactor.workbook.formulas.scan import all_formulas
from xlfactor.workbook.formulas.workspace import Rectangle, Workspace, block, sheet_of
from xlfactor.workbook.log_row import LOG, run_facts
from xlfactor.workbook.moved import Report, moved_report, no_split
from xlfactor.workbook.results import Cell, Evaluation, Note
from xlfactor.workbook.state import State, state_now
from xlfactor.workbook.state_cells import kept_at
from xlfactor.workbook.template.values import INPUT_AREAS
from xlfactor.workbook.writing.names import named_area

DAYS = 20
CLOSE = dt.timedelta(hours=18)  # the sample's runs are dated to this hour, UTC
NEEDED = ("FACTOR_RETURNS", "IDIO_COVARIANCE", "FACTOR_NOISE", "FACTOR_COVARIANCE", "RISK_DECOMPOSITION")
FACTS = ("as_of", "input_hash", "assets", "factors", "dates", "status", "annual_volatility", "active_volatility")


@dataclass(frozen=True)
class Record:
    """`runs` by label of tblLog, `notes` for tblChecks; a blank template has no runs and no states."""

    runs: list[dict[str, Cell]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    last: State | None = None
    previous: State | None = None
    report: Report = field(default_factory=lambda: no_split("No run yet: xlfactor refresh fills this in."))


BLANK = Record()


def record_of(ws: Workspace, found: Evaluation, runs: Path) -> Record:
    """The record that a refresh would have left on the sample's last dates, one run a day."""
    entries, notes = all_formulas(ws)
    now, before = day_state(ws, found), None
    if now is not None:
        earlier = days_before(ws, 1, NEEDED)
        before = day_state(earlier, evaluate(earlier, INPUT_AREAS))
    if now is None or before is None:
        return BLANK
    time = now[0].as_of + CLOSE
    checks = in_order([*notes, *found.notes, *findings(entries, ws, inputs(entries, ws))[0]])
    report = moved_report(now[0], before[0], now[1], time)
    return Record(list(read_runs(runs)), checks, now[0], before[0], report)


def day_state(ws: Workspace, found: Evaluation) -> tuple[State, float] | None:
    entries = all_formulas(ws)[0]
    return state_now(cells.date(as_of(entries, ws)), found, entries, ws)


def days_before(ws: Workspace, days: int, names: tuple[str, ...] | None = None) -> Workspace:
    """The book as it was so many dates ago; `names`: only these functions of the catalogue are evaluated."""
    table = ws.book.tables["tblreturns"]
    top, left, bottom, right = table.area
    shorter = replace(table, area=(top, left, bottom - days, right))
    returns = sheet_of(ws, table.sheet)
    functions = {name: f for name, f in catalogue().items() if names is None or name in names}
    book = replace(ws.book, tables=ws.book.tables | {"tblreturns": shorter})
    cut = replace(returns, values=returns.values[: bottom - days])
    return Workspace(book, functions, ws.sheets | {table.sheet: cut})


def record_areas(ws: Workspace) -> list[Rectangle]:
    """Where a refresh leaves its record in this book."""
    tables = [Rectangle(t.sheet, t.area) for t in (ws.book.tables.get(name) for name in (LOG, CHECKS)) if t]
    moved = [named_area(ws.book, name) for name in ("xlf_moved_note", "xlf_moved", "xlf_moved_factors")]
    return [*tables, *kept_at(ws).values(), *(Rectangle(*place) for place in moved if place)]


def with_record_read(ws: Workspace, found: Evaluation) -> Evaluation:
    """The evaluation with the plain formulas that read the record which `ws` holds, such as the status."""
    written = [(area, block(ws, area)) for area in record_areas(ws)]
    return afterwards(found, all_formulas(ws)[0], ws, ws.book, written)


def read_runs(path: Path) -> Iterator[dict[str, Cell]]:
    """The rows of tblLog from the facts of the sample's runs; seconds would differ from one build to the next."""
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=1):
            date = dt.datetime.fromisoformat(row["as_of"])
            numbers = {k: float(v) for k, v in row.items() if k not in ("as_of", "input_hash", "status")}
            texts: Mapping[str, Cell] = {"input_hash": row["input_hash"], "status": row["status"]}
            moment: Mapping[str, Cell] = {
                "run": float(number),
                "utc_time": date + CLOSE,
                "as_of": date,
                "version": __version__,
            }
            yield {**numbers, **texts, **moment}


def sample_run(ws: Workspace, days: int) -> dict[str, Cell]:
    """The facts of a run so many dates before the last, from the data up to it, by the formulas of the book.

    `ws` is the finished template: its status reads the checks of the sample.
    """
    earlier = days_before(ws, days)
    entries = all_formulas(earlier)[0]
    found = with_record_read(earlier, evaluate(earlier, INPUT_AREAS))
    hashed, date = input_hash(entries, earlier), as_of(entries, earlier)
    facts = run_facts(found, earlier.book, input_hash=hashed, as_of=date, seconds=0.0)
    return {name: date if name == "as_of" else facts[name] for name in FACTS}


def write_runs(ws: Workspace, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, FACTS, lineterminator="\n")
        writer.writeheader()
        for days in reversed(range(DAYS)):
            writer.writerow(sample_run(ws, days))
