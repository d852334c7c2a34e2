"""A report's document: which pages, in which order, with the facts that stand on each."""

from __future__ import annotations

import datetime as dt

from xlfactor.workbook.report import pages, pages_model
from xlfactor.workbook.report.compare import changes
from xlfactor.workbook.report.data import Findings, changed_since_run, coverage, hash_of_last_run
from xlfactor.workbook.report.document import Document

PAGES = (
    pages.contributions, pages.by_asset, pages.exposures, pages.factor_returns, pages_model.moved, pages_model.hedge,
    pages_model.health, pages_model.diagnosis, pages_model.factors, pages_model.checks,
)  # fmt: skip
NO_DAY = dt.datetime(1980, 1, 1)  # the first that a zip can hold


def compose(found: Findings, yesterday: Findings | None = None) -> Document:
    made = [pages.summary(found)]
    if yesterday is not None:
        made.append(changes(yesterday, found))
    made += [make(found) for make in PAGES]
    facts: tuple[tuple[str, str], ...] = (
        ("As of", day(found.as_of)), ("Status", found.status), ("Coverage", coverage(found)),
        ("Benchmark", found.benchmark or "none"), ("xlfactor", found.version), ("Input hash", found.input_hash),
    )  # fmt: skip
    if changed_since_run(found):
        facts = (*facts[:-1], ("Input hash", f"{hash_of_last_run(found)} of the last run; inputs changed since"))
    filled = tuple(page for page in made if page.bands)
    return Document(found.title, facts, found.as_of or NO_DAY, filled)


def day(value: dt.datetime | None) -> str:
    return "not known" if value is None else f"{value:%Y-%m-%d}"
