"""The sheets About and Settings of the template."""

from __future__ import annotations

from typing import Any

from xlfactor.functions import catalogue
from xlfactor.workbook.template.cells import Draft, absolute, write_block
from xlfactor.workbook.template.layout import BLOCKS, LAST_ROW, SCHEMA, SETTINGS, Setting, block
from xlfactor.workbook.template.layout_cells import SETTINGS_ROW, calendar_row
from xlfactor.workbook.template.model import colour_words
from xlfactor.workbook.template.styles import WARN, change

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
    ("output", "OK", "A check that passed."),
    ("head", "Header", "Labels; tables are joined by them, never by position."),
)
PROMISES = (
    "Works offline: no network, no telemetry.",
    "Your book is replaced only as a whole, after a backup; everything that is not ours stays byte for byte.",
    "We evaluate our own functions and a short list of plain ones: no macros, no links, no code from a workbook.",
    "Same input, same output: the number in a cell is the number in Python and in the report.",
)
NAMES = (
    ("Portfolio", "portfolio_name", "Synthetic Quality Fund", "Title of the risk sheet and of the report."),
    ("Benchmark", "benchmark_name", "cap-weighted index", "What the benchmark weights stand for."),
)
CALENDAR = (
    ("As of", "Last date of Returns."),
    ("Data since", "First date of Returns."),
    ("Month begins", "For month to date."),
    ("Year begins", "For year to date."),
    ("Whole years since 1901", "Calendar by whole-number arithmetic, so that refresh can do it too."),
    ("Years since March 1900", ""),
    ("Day of that year", ""),
    ("Month of that year", ""),
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
    sheet.write_string("C7", "synthetic sample", style("fact"))
    sheet.write_string("D7", "200 invented stocks, random returns; no market data. One late listing, one outlier.",
                       style("note"))  # fmt: skip
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
    sheet.write_string(row, 3, "First template: model, risk, checks.", style())


def _section(draft: Draft, row: int, title: str) -> int:
    """A section's heading in row (from 1); gives the next row, from 0."""
    for column in range(1, 4):
        draft.sheets["About"].write_string(row - 1, column, title if column == 1 else "", draft.style("section"))
    return row


def write_settings(draft: Draft) -> None:
    sheet, style = draft.sheets["Settings"], draft.style
    sheet.hide_gridlines(2)
    for column, width in enumerate((34, 25, 22, 10, 92)):
        sheet.set_column(column, column, width, style())
    sheet.set_row(0, 28)
    sheet.write_string("A1", "Settings", style("title"))
    sheet.write_string("A2", "Status", style("strong"))
    for column, label in enumerate(("Setting", " Name", "Value", " Unit", " Meaning")):
        sheet.write_string(SETTINGS_ROW - 1, column, label, style("head"))
    sheet.freeze_panes(SETTINGS_ROW, 0)
    row = SETTINGS_ROW
    for label, name, value, meaning in NAMES:
        _describe(draft, row, label, name, "", meaning)
        sheet.write_string(row, 2, value, style("cell_input"))
        row += 1
    for setting in SETTINGS:
        _write_setting(draft, row, setting)
        row += 1
    row = calendar_row() - 3
    sheet.write_string(row, 0, "Calendar (calculated)", style("section"))
    for column in range(1, 5):
        sheet.write_blank(row, column, None, style("section"))
    for k, (label, meaning) in enumerate(CALENDAR, start=calendar_row() - 1):
        sheet.write_string(k, 0, label, style("row"))
        sheet.write_string(k, 4, meaning, style("beside"))
    colour_words(draft, sheet, (1, 2, 1, 2))
    old = change(draft.book, *WARN)
    rule = {"type": "formula", "criteria": f"=$C${calendar_row()}<WORKDAY(TODAY(),-1)", "format": old}
    sheet.conditional_format(calendar_row() - 1, 2, calendar_row() - 1, 2, rule)


def _describe(draft: Draft, row: int, label: str, name: str, unit: str, meaning: str) -> None:
    sheet, style = draft.sheets["Settings"], draft.style
    for column, text in ((0, label), (1, f"xlf_{name}"), (3, unit), (4, meaning)):
        sheet.write_string(row, column, text, style("row" if column == 0 else "beside"))
    draft.book.define_name(f"xlf_{name}", f"=Settings!{absolute(row + 1, 3)}")


def _write_setting(draft: Draft, row: int, setting: Setting) -> None:
    """The cell holds the default of the function's own signature; its choices become a list."""
    argument = next(a for a in catalogue()[setting.function].arguments if a.name == setting.argument)
    _describe(draft, row, setting.label, setting.name, setting.unit, setting.meaning)
    sheet, style = draft.sheets["Settings"], draft.style("cell_input", setting.number)
    sheet.write(row, 2, argument.default, style)
    shown: dict[str, Any] = {
        "input_title": setting.label[:32], "input_message": setting.meaning[:255], "error_title": setting.label[:32],
        "error_type": "stop",
    }  # fmt: skip
    rule: dict[str, Any]
    if argument.choices:
        rule = {"validate": "list", "source": list(argument.choices), "error_message": "Choose from the list."}
    else:
        low, high = setting.bounds or (0, LAST_ROW)
        whole = isinstance(argument.default, int) and setting.unit == "periods"
        rule = {
            "validate": "integer" if whole else "decimal", "criteria": "between", "minimum": low, "maximum": high,
            "error_message": f"Type a number from {low:g} to {high:g}.",
        }  # fmt: skip
    sheet.data_validation(row, 2, row, 2, rule | shown)
