"""What the formulas of a built template give: the one evaluation that refresh uses, on a book without any value."""

from __future__ import annotations

from pathlib import Path

from xlfactor.errors import FactorError
from xlfactor.functions import catalogue
from xlfactor.tables.cells import Rows
from xlfactor.workbook.addresses import address
from xlfactor.workbook.formulas.evaluate import evaluate
from xlfactor.workbook.formulas.workspace import Rectangle, Workspace
from xlfactor.workbook.reading.package import open_book
from xlfactor.workbook.results import Evaluation
from xlfactor.workbook.template.cells import Place, Values
from xlfactor.workbook.template.schema import LAST_ROW, SHEETS

INPUTS = ("Settings", "Returns", "Loadings", "Portfolio")


def computed(book: Path) -> Values:
    """Every formula's rows of cells by place; the first formula that fails is raised with its address."""
    found = _evaluated(book)
    values = {}
    for result in found.formulas:
        if result.rows is None:
            error = result.error or FactorError("NO_RESULT", f"{result.function} gave nothing", "see the log")
            raise error.at(address(result.sheet, result.cell))
        values[result.sheet, *result.cell] = result.rows
    values |= _plain(found)
    for sheet, cell in found.left_to_excel:
        raise FactorError("UNSUPPORTED", f"no value for {address(sheet, cell)}", "use the closed set of formulas")
    return values


def computed_plain(book: Path) -> Values:
    """What the plain formulas of an empty template show while its live blocks cannot be computed."""
    return _plain(_evaluated(book))


def _evaluated(book: Path) -> Evaluation:
    assert set(INPUTS) <= set(SHEETS)
    new = [Rectangle(name, (1, 1, LAST_ROW, 16_384)) for name in INPUTS]
    return evaluate(Workspace(open_book(book), catalogue()), new)


def _plain(found: Evaluation) -> dict[Place, Rows]:
    return {(plain.sheet, *plain.cell): [[plain.value]] for plain in found.plain}
