"""What the template is made of: sheets, and the kinds of thing that its layout lists as data."""

from __future__ import annotations

from dataclasses import dataclass, field

SCHEMA = 1
SHEETS = {  # name: tab colour
    "About": "A6A6A6",
    "Settings": "FFC000",
    "Returns": "FFC000",
    "Loadings": "FFC000",
    "Portfolio": "FFC000",
    "Model": "2F5597",
    "Risk": "548235",
    "Checks": "C00000",
    "Log": "A6A6A6",
}
PROTECTED = ("Model", "Risk", "Checks")
SPARE_ROWS, SPARE_COLUMNS = 40, 10
LAST_ROW = 1_048_576
FACTOR_ROWS = 40  # tables of plain formulas beside a spill are made for so many factors


@dataclass(frozen=True)
class Table:
    """An Excel table of inputs: where it stands (row, column from 1), the sample behind it, its formats by column.

    `blank`: its header in an empty template.
    """

    name: str
    sheet: str
    row: int
    column: int
    source: str
    formats: dict[str, str]
    default: str = "number"
    blank: tuple[str, ...] = ()


@dataclass(frozen=True)
class Setting:
    """One row of Settings: the cell is named xlf_<name>; the default is that of `argument` of `function`."""

    name: str
    label: str
    function: str
    argument: str
    unit: str
    meaning: str
    bounds: tuple[float, float] | None = None
    number: str = "number"


@dataclass(frozen=True)
class Block:
    """One live formula and the area its result may grow into; `row`, `column` from 1 are its anchor.

    `formats` by column label, `row_formats` by row label (they win), `default` for the rest.
    """

    name: str
    formula: str
    title: str
    meaning: str
    sheet: str
    row: int
    column: int
    width: int
    default: str
    formats: dict[str, str] = field(default_factory=dict)
    row_formats: dict[str, str] = field(default_factory=dict)
    spare_rows: int = LAST_ROW
    spare_columns: int = 0


@dataclass(frozen=True)
class Plain:
    """A plain formula at (row, column from 1), merged to column `to` if that is beyond; `name` names the cell."""

    sheet: str
    row: int
    column: int
    formula: str
    role: str = "row"
    number: str = "text"
    to: int = 0
    name: str = ""


def at(table: str, row: str, column: str) -> str:
    """The cell of a named block in the row and under the header of these labels (texts in quotes, or cells)."""
    return f"INDEX({table},MATCH({row},INDEX({table},0,1),0),MATCH({column},INDEX({table},1,0),0))"


def last(table: str, column: str) -> str:
    return f'INDEX({table},ROWS({table}),MATCH("{column}",INDEX({table},1,0),0))'


def column_of(table: str, column: str) -> str:
    return f'INDEX({table},0,MATCH("{column}",INDEX({table},1,0),0))'


def beside(table: str, row: str, column: str) -> str:
    """The cell in row number `row` of a named block, under the header `column`."""
    return f'INDEX({table},{row},MATCH("{column}",INDEX({table},1,0),0))'
