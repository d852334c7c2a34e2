"""Conditional formats of the risk sheet's tables: totals, missing numbers, lines, bars, z beyond 2 and 3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlfactor.tables.cells import Rows
from xlfactor.workbook.addresses import column_letters
from xlfactor.workbook.template.cells import Draft
from xlfactor.workbook.template.schema import Block
from xlfactor.workbook.template.styles import BAD, BLUE, LINE, NAVY, PALE, WARN, change

Area = tuple[int, int, int, int]  # first row, first column, last row, last column, from 0


def body(b: Block, spills: Mapping[str, Rows], skip: int) -> Area:
    """The rows under a block's header and those it may grow into, without the first `skip` columns."""
    last = b.row + len(spills[b.name]) - 2 + min(b.spare_rows, 5000)
    return b.row, b.column - 1 + skip, last, b.column + b.width - 2


def rows_look(draft: Draft, b: Block, area: Area) -> None:
    """Total bold, family subtotals in italics, lines between rows; a missing number does not show.

    Each case has one rule that says all: LibreOffice applies the first that holds, Excel every one.
    """
    row, first = area[0] + 1, column_letters(area[1] + 1)
    cell, label = f"{first}{row}", f"${first}{row}"
    total = {"bold": True, "top": 1, "top_color": f"#{NAVY}", "bg_color": f"#{PALE}"}
    line = {"bottom": 1, "bottom_color": f"#{LINE}"}
    rules = (
        (f'AND({label}="total",ISNA({cell}))', {**total, "font_color": f"#{PALE}"}),
        (f'{label}="total"', total),
        (f"ISNA({cell})", {**line, "font_color": "#FFFFFF"}),
        (f'RIGHT({label},7)="(total)"', {**line, "italic": True, "font_color": f"#{BLUE}"}),
        (f"LEN({label})>0", line),
    )
    for criteria, look in rules:
        rule = {"type": "formula", "criteria": f"={criteria}", "format": draft.book.add_format(look)}
        draft.sheets["Risk"].conditional_format(*area, {**rule, "stop_if_true": True})


def bars(sheet: Any, area: Area) -> None:
    """Share as a bar between fixed ends."""
    sheet.conditional_format(*area, {
        "type": "data_bar", "data_bar_2010": True, "bar_solid": True, "bar_color": "#BDD7EE", "min_type": "num",
        "min_value": 0, "max_type": "num", "max_value": 1, "bar_negative_color": "#F8CBAD", "bar_no_border": True,
    })  # fmt: skip


def surprises(draft: Draft, area: Area) -> None:
    """z beyond 2 amber, beyond 3 red; the number stands there itself."""
    cell = f"{column_letters(area[1] + 1)}{area[0] + 1}"
    for limit, colours in ((3, BAD), (2, WARN)):
        formula = f"=AND(LEN({cell})>0,ABS({cell})>{limit})"
        rule = {"type": "formula", "criteria": formula, "format": change(draft.book, *colours), "stop_if_true": True}
        draft.sheets["Risk"].conditional_format(*area, rule)


def lines(draft: Draft, area: Area) -> None:
    """A line under each row whose first cell is filled."""
    line = draft.book.add_format({"bottom": 1, "bottom_color": f"#{LINE}"})
    label = f"${column_letters(area[1] + 1)}{area[0] + 1}"
    rule = {"type": "formula", "criteria": f"=LEN({label})>0", "format": line}
    draft.sheets["Risk"].conditional_format(*area, rule)


def hidden_errors(draft: Draft, area: Area) -> None:
    """What cannot be said yet, in white: an empty template, no benchmark."""
    cell = f"{column_letters(area[1] + 1)}{area[0] + 1}"
    rule = {"type": "formula", "criteria": f"=ISERROR({cell})", "format": change(draft.book, font="FFFFFF")}
    draft.sheets["Risk"].conditional_format(*area, rule)
