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
from xlfactor.workbook.template.schema import LAST_ROW

INPUTS = ("Settings", "Returns", "Loadings", "Portfolio")
INPUT_AREAS = tuple(Rectangle(name, (1, 1, LAST_ROW, 16_384)) for name in INPUTS)


def opened(book: Path) -> Workspace:
    return Workspace(open_book(book), catalogue())


def computed(book: Path) -> tuple[Workspace, Evaluation]:
    """The bare book and what all its formulas give."""
    ws = opened(book)
    return ws, evaluate(ws, INPUT_AREAS)


def values_of(found: Evaluation) -> Values:
    """Every formula's rows of cells by place; the first formula that fails is raised with its address."""
    values = {}
    for result in found.formulas:
        if result.rows is None:
            error = result.error or FactorError("NO_RESULT", f"{result.function} gave nothing", "see the log")
            raise error.at(address(result.sheet, result.cell))
        values[result.sheet, *result.cell] = result.rows
    values |= plain_values(found)
    for sheet, cell in found.left_to_excel:
        raise FactorError("UNSUPPORTED", f"no value for {address(sheet, cell)}", "use the closed set of formulas")
    return values


def plain_values(found: Evaluation) -> dict[Place, Rows]:
    """What the plain formulas show: in an empty template too, while its live blocks cannot be computed."""
    return {(plain.sheet, *plain.cell): [[plain.value]] for plain in found.plain}
