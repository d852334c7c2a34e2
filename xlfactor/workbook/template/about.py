"""The sheet About: what the workbook is, five steps, colours, live blocks, promises, changes."""

from __future__ import annotations

from xlfactor.workbook.template.cells import Draft, absolute, write_block
from xlfactor.workbook.template.layout import BLOCKS, block
from xlfactor.workbook.template.schema import SCHEMA

STEPS = (
    ("Returns", "Paste returns: dates down, assets across, 0.01 = 1 %."),
    ("Loadings", "Paste each asset's loadings; a text column such as Industry becomes one factor a value."),
    ("Portfolio", "Paste portfolio and benchmark weights, names, and market capitalisations."),
    ("Settings", "Choose method, half-lives and confidence; every cell says what it does."),
    ("Risk", "Read the daily risk sheet. Without the add-in: xlfactor refresh, then xlfactor report."),
)
LEGEND = (
    ("cell_input", "Input", "Yours to change: yellow, blue text."),
    ("calc", "Calculated", "Black on white: formulas; change the inputs instead."),
    ("head", "Header", "Labels; tables are joined by them, never by position."),
    ("output", "OK", "Green: a check that passed."),
    ("warn", "WARN", "Amber: read it before you use the number."),
    ("bad", "FAIL", "Red: do not use the number. The word always stands beside the colour."),
)
SAMPLE = "200 invented stocks, random returns; no market data. One late listing, one outlier."
PROMISES = (
    "Works offline: no network, no telemetry.",
    "Your book is replaced only as a whole, after a backup; everything that is not ours stays byte for byte.",
    "We evaluate our own functions and a short list of plain ones: no macros, no links, no code from a workbook.",
    "Same input, same output: the number in a cell is the number in Python and in the report.",
)


def write_about(draft: Draft) -> None:
    sheet, style = draft.sheets["About"], draft.style
    sheet.hide_gridlines(2)
    for column, width in enumerate((1.5, 22, 18, 100)):
        sheet.set_column(column, column, width, style())
    sheet.set_row(0, 28)
    sheet.write_string("B1", "xlfactor · factor risk model", style("title"))
    sheet.write_string("B2", "A fundamental factor model in a workbook: paste data, read the risk.", style("note"))
    for row, label in ((4, "Version"), (5, "Schema"), (6, "Licence"), (7, "Data")):
        sheet.write_string(row - 1, 1, label, style("strong"))
    write_block(draft, block("xlf_version"))
    sheet.write_number("C5", SCHEMA, style("fact"))
    sheet.write_string("C6", "BSD 3-Clause", style("fact"))
    empty = draft.shapes is not None
    sheet.write_string("C7", "yours" if empty else "synthetic sample", style("fact"))
    about = "No rows yet: begin with step 1." if empty else SAMPLE
    sheet.write_string("D7", about, style("note"))
    row = _section(draft, 9, "Five steps")
    for k, (target, text) in enumerate(STEPS, start=1):
        sheet.write_string(row, 1, f"Step {k}", style())
        sheet.write_url(row, 2, f"internal:{target}!A1", style("link"), target)
        sheet.write_string(row, 3, text, style())
        row += 1
    row = _section(draft, row + 2, "Colours")
    for role, word, text in LEGEND:
        sheet.write_string(row, 1, word, style(role))
        sheet.write_string(row, 3, text, style())
        row += 1
    row = _section(draft, row + 2, "Live blocks")
    for b in BLOCKS:
        if b.title:
            sheet.write_url(row, 1, f"internal:{b.sheet}!{absolute(b.row, b.column)}", style("link"), b.title)
            sheet.write_string(row, 2, b.name, style())
            sheet.write_string(row, 3, b.meaning, style())
            row += 1
    row = _section(draft, row + 2, "Promises")
    for text in PROMISES:
        sheet.write_string(row, 1, text, style())
        row += 1
    row = _section(draft, row + 2, "Changes")
    sheet.write_string(row, 1, "schema 1", style())
    sheet.write_string(row, 3, "Model, daily risk sheet, factor page, checks, log.", style())


def _section(draft: Draft, row: int, title: str) -> int:
    """A section's heading in row (from 1); gives the next row, from 0."""
    for column in range(1, 4):
        draft.sheets["About"].write_string(row - 1, column, title if column == 1 else "", draft.style("section"))
    return row
