"""How cells look: the workbook's roles, colours and number formats, for the template and for the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

FONT, SIZE = "Calibri", 10
NAVY, BLUE, GREY, LINE, PALE = "1F3864", "2F5597", "7F7F7F", "D9D9D9", "F3F6FB"
GOOD, WARN, BAD = ("E2EFDA", "375623"), ("FFEB9C", "9C5700"), ("FFC7CE", "9C0006")  # fill, font
SERIES = (
    "1F3864", "C55A11", "548235", "7F6000", "7030A0", "2E75B6", "BF9000", "843C0C", "3B7D7D", "A64D79", "6AA84F",
    "8EA9DB", "F4B183", "A9D18E", "999999",
)  # fmt: skip
HEAT = ("5A8AC6", "FFFFFF", "F8696B")  # −1, 0, 1

NUMBER = {
    "date": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm",
    "return": "0.00%",
    "weight": '[=0]"–";0.00%',  # no third section: a tiny sale would show as -0.00%
    "volatility": "0.0%",
    "contribution": "0.00%",
    "share": "0%",
    "loading": "0.00",
    "z": "0.0",
    "exact": "0.000000%",
    "p": "0.000",
    "variance": "0.00E+00",
    "count": "#,##0",
    "decimal": "#,##0.00",
    "days": '[=1]0 "day";0 "days"',
    "text": "General",
    "number": "General",
}

ROLES: dict[str, dict[str, object]] = {
    "calc": {},
    "input": {"bg_color": "#FFF2CC", "font_color": "#0000FF", "locked": False},
    "input_text": {"bg_color": "#FFF2CC", "font_color": "#0000FF", "locked": False, "indent": 1},
    "cell_input": {
        "bg_color": "#FFF2CC", "font_color": "#0000FF", "locked": False, "border": 1, "border_color": "#D6B656",
    },
    "output": {"bg_color": f"#{GOOD[0]}", "font_color": f"#{GOOD[1]}"},
    "warn": {"bg_color": f"#{WARN[0]}", "font_color": f"#{WARN[1]}"},
    "bad": {"bg_color": f"#{BAD[0]}", "font_color": f"#{BAD[1]}"},
    "head": {"bg_color": f"#{NAVY}", "font_color": "#FFFFFF", "bold": True},
    "head_text": {"bg_color": f"#{NAVY}", "font_color": "#FFFFFF", "bold": True, "indent": 1},
    "head_right": {"bg_color": f"#{NAVY}", "font_color": "#FFFFFF", "bold": True, "align": "right", "shrink": True},
    "title": {"bold": True, "font_size": 18, "font_color": f"#{NAVY}", "valign": "vcenter"},
    "section": {"bold": True, "font_size": 12, "font_color": f"#{NAVY}", "bottom": 2, "bottom_color": f"#{NAVY}"},
    "note": {"font_color": f"#{GREY}", "italic": True},
    "moved_note": {"font_color": f"#{GREY}", "italic": True, "text_wrap": True, "valign": "top"},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "strong": {"bold": True},
    "caption": {"font_color": f"#{GREY}", "font_size": 9, "align": "left"},
    "caption_right": {"font_color": f"#{GREY}", "font_size": 9, "align": "right"},
    "beside_row": {"font_color": f"#{GREY}", "italic": True, "indent": 1, "bottom": 1, "bottom_color": f"#{LINE}"},
    "beside": {"font_color": f"#{GREY}", "italic": True, "indent": 1},
    "fact": {"bold": True, "align": "left", "bottom": 1, "bottom_color": f"#{LINE}"},
    "link": {"font_color": f"#{BLUE}", "underline": 1},
    "tile_label": {"bg_color": f"#{PALE}", "font_color": f"#{GREY}", "align": "center", "top": 2,
                   "top_color": f"#{NAVY}"},
    "tile_value": {"bg_color": f"#{PALE}", "font_color": f"#{NAVY}", "align": "center", "bold": True,
                   "font_size": 18, "valign": "vcenter"},
    "tile_note": {"bg_color": f"#{PALE}", "font_color": f"#{GREY}", "align": "center", "font_size": 8},
    "label": {"align": "left"},
    "head_centre": {"bg_color": f"#{NAVY}", "font_color": "#FFFFFF", "bold": True, "align": "center"},
    "row": {"bottom": 1, "bottom_color": f"#{LINE}"},
    "row_number": {"bottom": 1, "bottom_color": f"#{LINE}", "align": "right"},
    "fact_right": {"bold": True, "align": "right", "bottom": 1, "bottom_color": f"#{LINE}", "font_color": f"#{NAVY}"},
    "small_fact": {"font_size": 8, "valign": "vcenter", "align": "left", "bottom": 1, "bottom_color": f"#{LINE}",
                   "shrink": True},
    "row_text": {"bottom": 1, "bottom_color": f"#{LINE}", "align": "left"},
    "verdict": {"bold": True, "align": "center", "bottom": 1, "bottom_color": f"#{LINE}"},
}  # fmt: skip

Style = Callable[..., Any]  # style("tile_value", "volatility") -> an XlsxWriter format


def stylist(book: Any) -> Style:
    """A maker of XlsxWriter formats by role and number format, each made once; a font name on every one."""
    made: dict[tuple[str, str], Any] = {}

    def style(role: str = "calc", number: str = "text") -> Any:
        if (role, number) not in made:
            look: Mapping[str, object] = {"font_name": FONT, "font_size": SIZE} | ROLES[role]
            made[role, number] = book.add_format({**look, "num_format": NUMBER[number]})
        return made[role, number]

    return style


def change(book: Any, fill: str = "", font: str = "", bold: bool = False) -> Any:
    """A format for a conditional format: only what changes."""
    look: dict[str, object] = {"bold": True} if bold else {}
    look |= {"bg_color": f"#{fill}"} if fill else {}
    return book.add_format(look | ({"font_color": f"#{font}"} if font else {}))
