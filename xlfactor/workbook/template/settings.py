"""The sheet Settings: names, choices with their defaults and limits, the calendar."""

from __future__ import annotations

from typing import Any

from xlfactor.functions import catalogue
from xlfactor.workbook.template.cells import Draft, absolute
from xlfactor.workbook.template.layout_settings import (
    CALENDAR,
    HEDGE,
    LARGEST_HOLDING,
    NAMES,
    NEUTRAL_SAMPLE,
    NEUTRALIZE,
    SETTINGS,
    SETTINGS_ROW,
    calendar_row,
    neutral_row,
)
from xlfactor.workbook.template.model import colour_words
from xlfactor.workbook.template.schema import LAST_ROW, Setting
from xlfactor.workbook.template.styles import WARN, change

UNNAMED = {"portfolio_name": "Portfolio", "benchmark_name": "benchmark"}  # until the user of an empty one writes his
WIDTHS = (34, 25, 22, 10, 76, 3)


def write_settings(draft: Draft) -> None:
    sheet, style = draft.sheets["Settings"], draft.style
    sheet.hide_gridlines(2)
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width, style())
    sheet.set_row(0, 28)
    sheet.write_string("A1", "Settings", style("title"))
    sheet.write_string("A2", "Status", style("strong"))
    for column, label in enumerate(("Setting", " Name", "Value", " Unit", " Meaning")):
        sheet.write_string(SETTINGS_ROW - 1, column, label, style("head"))
    sheet.freeze_panes(SETTINGS_ROW, 0)
    for row, (label, name, value, meaning) in enumerate(NAMES, start=SETTINGS_ROW):
        _describe(draft, row, label, name, "", meaning)
        shown = value if draft.shapes is None else UNNAMED.get(name, "")
        sheet.write(row, 2, shown or None, style("cell_input"))
    for row, setting in enumerate(SETTINGS, start=SETTINGS_ROW + len(NAMES)):
        _write_setting(draft, row, setting)
    _choose_asset(draft)
    _neutralize(draft)
    _calendar(draft)
    _hedge(draft)
    colour_words(draft, sheet, (1, 2, 1, 2))


def _calendar(draft: Draft) -> None:
    sheet, style, row = draft.sheets["Settings"], draft.style, calendar_row() - 1
    for column in range(5):
        sheet.write(row - 2, column, "Calendar (calculated)" if column == 0 else None, style("section"))
    for k, (label, meaning) in enumerate(CALENDAR, start=row):
        sheet.write_string(k, 0, label, style("row"))
        sheet.write_string(k, 4, meaning, style("beside"))
    old = change(draft.book, *WARN)
    rule = {"type": "formula", "criteria": f"=$C${row + 1}<WORKDAY(TODAY(),-1)", "format": old}
    sheet.conditional_format(row, 2, row, 2, rule)


def _choose_asset(draft: Draft) -> None:
    row = SETTINGS_ROW + len(NAMES) - 1
    draft.sheets["Settings"].data_validation(row, 2, row, 2, {
        "validate": "list", "source": "=xlf_assets", "error_type": "warning", "error_title": "Unknown asset",
        "error_message": "Loadings has no such asset.", "input_title": NAMES[-1][0], "input_message": NAMES[-1][3],
    })  # fmt: skip


def _neutralize(draft: Draft) -> None:
    """A factor's name; which there are is known only after the regression, so any text may be typed."""
    label, name, unit, meaning = NEUTRALIZE
    sheet, row = draft.sheets["Settings"], neutral_row() - 1
    _describe(draft, row, label, name, unit, meaning)
    sheet.write(row, 2, None if draft.shapes is not None else NEUTRAL_SAMPLE, draft.style("cell_input"))
    sheet.data_validation(row, 2, row, 2, {
        "validate": "any", "input_title": label, "input_message": f"A factor's name as on Risk. {meaning}",
    })  # fmt: skip


def _hedge(draft: Draft) -> None:
    """The words over tblHedge, which stands among the tables."""
    row, column = HEDGE
    draft.sheets["Settings"].write_string(row - 2, column - 1, "Hedge instruments", draft.style("section"))


def propose_hedge(draft: Draft) -> None:
    """The largest holding as the instrument of an empty template, so that three pasted sheets are enough."""
    row, column = HEDGE
    formula = f"={LARGEST_HOLDING}"
    draft.sheets["Settings"].write_formula(row, column - 1, formula, draft.style("cell_input"), "")


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
