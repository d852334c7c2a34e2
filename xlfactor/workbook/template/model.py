"""The sheet Model: live blocks side by side; colours that several sheets share."""

from __future__ import annotations

from typing import Any

from xlfactor.workbook.template.cells import Draft, look, write_block
from xlfactor.workbook.template.layout import BLOCKS
from xlfactor.workbook.template.layout_model import MODEL_ROW
from xlfactor.workbook.template.schema import SPARE_COLUMNS, Block
from xlfactor.workbook.template.styles import BAD, GOOD, HEAT, NAVY, WARN, change

TEXT_WIDTH, WIDTH = 14, 11
WIDE = (
    "annual_volatility", "adjusted_r_squared", "condition_number", "log_likelihood", "explained_ratio",
    "out_of_sample", "incremental_r_squared", "share_significant", "autocorrelation", "newey_west_t",
    "month_to_date", "max_drawdown",
)  # fmt: skip


def write_model(draft: Draft) -> None:
    sheet, style = draft.sheets["Model"], draft.style
    sheet.set_row(0, 28)
    sheet.set_row(MODEL_ROW - 3, 18)
    sheet.write_string("A1", "Model", style("title"))
    sheet.write_string("A2", "As of", style("strong"))
    sheet.write_string("D2", "Status", style("strong"))
    sheet.write_string("A3", "One formula a block; About lists them with links. Columns between blocks are kept free.",
                       style("note"))  # fmt: skip
    sheet.freeze_panes(MODEL_ROW, 0)
    for block in BLOCKS:
        if block.sheet == "Model":
            _write_model_block(draft, block)
    head = draft.book.add_format({"bg_color": f"#{NAVY}", "font_color": "#FFFFFF", "bold": True})
    area = (MODEL_ROW - 1, 0, MODEL_ROW - 1, 400)
    sheet.conditional_format(*area, {"type": "formula", "criteria": f"=LEN(A${MODEL_ROW})>0", "format": head})
    colour_words(draft, sheet, (1, 4, 1, 4))


def _write_model_block(draft: Draft, block: Block) -> None:
    sheet, style = draft.sheets["Model"], draft.style
    rows, left = write_block(draft, block), block.column - 1
    sheet.write_string(MODEL_ROW - 3, left, block.title, style("section"))
    for j in range(1, min(block.width, 6)):
        sheet.write_blank(MODEL_ROW - 3, left + j, None, style("section"))
    sheet.write_string(MODEL_ROW - 2, left, block.meaning, style("note"))
    for j in range(block.width + SPARE_COLUMNS):
        known = len(rows) > 1 and j < len(rows[0])
        number = look(block, rows, 1, j)[1] if known else block.default
        long = known and str(rows[0][j]) in WIDE
        sheet.set_column(left + j, left + j, 18 if long else TEXT_WIDTH if j == 0 else WIDTH, style("calc", number))
    if block.name == "xlf_correlation":
        area = (MODEL_ROW, left + 2, MODEL_ROW + block.width + SPARE_COLUMNS, left + block.width + SPARE_COLUMNS - 1)
        sheet.conditional_format(*area, scale(-1, 0, 1))


def colour_words(draft: Draft, sheet: Any, area: tuple[int, int, int, int]) -> None:
    """OK green, WARN amber, FAIL red: the colour repeats the word."""
    for word, colours in (("OK", GOOD), ("WARN", WARN), ("FAIL", BAD)):
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": change(draft.book, *colours)}
        sheet.conditional_format(*area, rule)


def scale(low: float, middle: float, high: float) -> dict[str, Any]:
    """Three colours with fixed ends, so that a colour means the same tomorrow."""
    values = {f"{end}_value": value for end, value in zip(("min", "mid", "max"), (low, middle, high), strict=True)}
    colours = {f"{end}_color": f"#{colour}" for end, colour in zip(("min", "mid", "max"), HEAT, strict=True)}
    return {"type": "3_color_scale", **values, **colours, **{f"{end}_type": "num" for end in ("min", "mid", "max")}}
