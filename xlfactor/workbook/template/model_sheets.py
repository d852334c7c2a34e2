"""The sheets of a workbook on a model file: About, Portfolio, Model with its options, Risk with its figures."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import pandas as pd
import xlsxwriter

from xlfactor.tables.cells import Cell
from xlfactor.tables.spill import spill
from xlfactor.workbook.template.build import CALC_ID, OPTIONS
from xlfactor.workbook.template.cells import (
    MADE,
    Draft,
    Values,
    absolute,
    true_values,
    write_block,
    write_cell,
    write_plain,
)
from xlfactor.workbook.template.schema import Block, Plain
from xlfactor.workbook.template.styles import stylist
from xlfactor.workbook.text import write_text
from xlfactor.workbook.writing.fixed_zip import rewrite

SHEETS = {"About": "A6A6A6", "Portfolio": "FFC000", "Model": "2F5597", "Risk": "548235"}  # name: tab colour
COLUMNS = ("Asset", "Portfolio", "Benchmark")
OPTION_ROW = 3  # of the first option on Model


def write_model_book(
    out: Path, values: Values, blocks: list[Block], tiles: list[tuple[str, Plain]], portfolio: pd.DataFrame,
    about: list[tuple[str, str]], options: list[tuple[str, Cell, str, str]],
) -> None:  # fmt: skip
    """Write the workbook: `values` are what its formulas give; about, options : the rows of these lists."""
    with tempfile.TemporaryDirectory() as folder:
        unfixed = Path(folder) / "book.xlsx"
        book = xlsxwriter.Workbook(unfixed, OPTIONS)
        draft = Draft(book, {name: book.add_worksheet(name) for name in SHEETS}, stylist(book), values)
        book.set_properties({"title": "Factor risk", "author": "xlfactor", "created": dt.datetime(*MADE)})
        book.set_calc_mode("auto", CALC_ID)
        book.calc_on_load = False
        for name, colour in SHEETS.items():
            sheet = draft.sheets[name]
            sheet.set_tab_color(f"#{colour}")
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
        _write_about(draft, about)
        _write_portfolio(draft, portfolio)
        _write_options(draft, options)
        _write_blocks(draft, blocks)
        for text, tile in tiles:
            draft.sheets["Risk"].write_string(tile.row - 2, tile.column - 1, text, draft.style("tile_label"))
            write_plain(draft, tile)
        draft.sheets["Risk"].set_row(tiles[0][1].row - 1, 28)
        draft.sheets["Risk"].activate()
        book.close()
        rewrite(unfixed, out, MADE, true_values)


def _title(draft: Draft, sheet: str, cell: str, text: str) -> None:
    draft.sheets[sheet].hide_gridlines(2)
    draft.sheets[sheet].set_row(0, 28)
    draft.sheets[sheet].write_string(cell, text, draft.style("title"))


def _write_about(draft: Draft, about: list[tuple[str, str]]) -> None:
    sheet, style = draft.sheets["About"], draft.style
    for column, width in enumerate((1.5, 22, 100)):
        sheet.set_column(column, column, width, style())
    _title(draft, "About", "B1", "xlfactor · risk on a model file")
    for row, (name, text) in enumerate(about, start=2):
        sheet.write_string(row, 1, name, style("strong"))
        write_text(sheet, row, 2, text, style("wrapped"))


def _write_portfolio(draft: Draft, portfolio: pd.DataFrame) -> None:
    sheet, style = draft.sheets["Portfolio"], draft.style
    columns = [{"header": name, "header_format": style("head" if k == 0 else "head_right")}
               for k, name in enumerate(COLUMNS)]  # fmt: skip
    sheet.add_table(0, 0, len(portfolio), 2, {"name": "tblPortfolio", "style": None, "columns": columns})
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 16, style())
    sheet.set_column(1, 2, 12, style("calc", "weight"))
    for row, (asset, weights) in enumerate(zip(portfolio.index, spill(portfolio)[1:], strict=True), start=1):
        write_text(sheet, row, 0, asset, style("input"))
        for column, value in enumerate(weights[1:], start=1):
            if value is None:
                sheet.write_blank(row, column, None, style("input", "weight"))
            else:
                write_cell(sheet, row, column, value, style("input", "weight"))


def _write_options(draft: Draft, options: list[tuple[str, Cell, str, str]]) -> None:
    """The cells on Model that are the user's, each named as its argument."""
    sheet, style = draft.sheets["Model"], draft.style
    _title(draft, "Model", "A1", "Model")
    for row, (name, value, number, meaning) in enumerate(options, start=OPTION_ROW - 1):
        sheet.write_string(row, 0, name, style("strong"))
        write_cell(sheet, row, 1, value, style("cell_input", number))
        sheet.write_string(row, 2, meaning, style("beside"))
        draft.book.define_name(f"xlf_{name}", f"=Model!{absolute(row + 1, 2)}")


def _write_blocks(draft: Draft, blocks: list[Block]) -> None:
    _title(draft, "Risk", "B1", "Risk")
    risk, model = draft.sheets["Risk"], draft.sheets["Model"]
    risk.set_column(0, 0, 1.5, draft.style())
    risk.set_column(1, 20, 15, draft.style())
    model.set_column(0, 0, 20, draft.style())
    model.set_column(1, 1, 15, draft.style())
    model.freeze_panes(max(b.row for b in blocks if b.sheet == "Model"), 0)
    for block in blocks:
        sheet = draft.sheets[block.sheet]
        sheet.write_string(block.row - 2, block.column - 1, block.title, draft.style("section"))
        write_block(draft, block)
