"""What a cell's element says: a value as its type and text, compared with what stands there, and written."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from math import isfinite

from lxml import etree

from xlfactor.workbook.reading.package import unescape
from xlfactor.workbook.results import ERROR_TEXTS, Cell
from xlfactor.workbook.text import clean, xml_text
from xlfactor.workbook.writing.sheet_bytes import MAIN

Content = tuple[str, str]  # the cell's type `t` and its text, unescaped
EMPTY: Content = ("", "")
MISSING: Content = ("e", "#N/A")  # charts skip it; an empty text would be drawn as 0
TEXTS = ("str", "inlineStr")
EPOCH, EPOCH_1904 = datetime.datetime(1899, 12, 30), datetime.datetime(1904, 1, 1)
C, V, F, IS, T = (f"{MAIN}{tag}" for tag in ("c", "v", "f", "is", "t"))
SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def result_content(value: Cell, dates_1904: bool) -> Content:
    """A formula's value: text is `str`, an error's text an error, a missing number #N/A."""
    if isinstance(value, str):
        return ("e", value) if value in ERROR_TEXTS else ("str", clean(value))
    if isinstance(value, bool):
        return "b", "1" if value else "0"
    number = number_text(value, dates_1904)
    return ("n", number) if number else MISSING


def constant_content(value: Cell, dates_1904: bool) -> Content:
    """A value as typed: text is never an error or a formula, a missing number is a blank cell."""
    if isinstance(value, str):
        return ("inlineStr", clean(value)) if value else EMPTY
    content = result_content(value, dates_1904)
    return EMPTY if content == MISSING else content


def number_text(value: float | datetime.datetime | None, dates_1904: bool) -> str:
    """The shortest text that reads back as the same float, `3` for 3.0; "" for what is no number.

    A date is its serial number. Excel has no negative zero.
    """
    if isinstance(value, datetime.datetime):
        value = (value - (EPOCH_1904 if dates_1904 else EPOCH)) / datetime.timedelta(days=1)
    if value is None or not isfinite(value):
        return ""
    number = float(value)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def holds(cell: etree._Element, content: Content, strings: Sequence[str]) -> bool:
    """Does the cell show this already, however it is stored?"""
    kind, text = content
    stored = cell.get("t", "n")
    value = cell.find(V)
    if content == EMPTY:
        return value is None and cell.find(IS) is None
    try:
        if kind in TEXTS and stored in ("s", *TEXTS):
            return stored_text(cell, stored, strings) == text
        if value is None or value.text is None:
            return value is not None and text == ""  # how XlsxWriter stores a formula's empty text
        if kind == stored == "n":
            return float(value.text) == float(text)
    except (ValueError, IndexError):  # what stands there is damaged; it is written anew
        return False
    # a table's own error comes back as the text that it was read as
    return value.text == text and (kind == stored or (kind == "inlineStr" and stored == "e"))


def stored_text(cell: etree._Element, stored: str, strings: Sequence[str]) -> str | None:
    value = cell.find(V)
    if stored == "inlineStr":
        plain = cell.find(f"{IS}/{T}")
        return None if plain is None else unescape(plain.text or "")
    if value is None:
        return None
    if stored == "s":
        return strings[int(value.text or "0")]
    return unescape(value.text or "") if stored == "str" else None


def set_content(cell: etree._Element, content: Content) -> None:
    """Write it; formula, style and `cm` stay. `vm` marks the old value's rich form, so it goes."""
    for child in cell.findall(V) + cell.findall(IS):
        cell.remove(child)
    for attribute in ("t", "vm"):
        cell.attrib.pop(attribute, "")
    kind, text = content
    if content == EMPTY:
        return
    if kind != "n":
        cell.set("t", kind)
    if kind == "inlineStr":
        run = etree.SubElement(etree.SubElement(cell, IS), T)
        run.text = xml_text(text)
        if text != text.strip():
            run.set(SPACE, "preserve")
        return
    value = etree.Element(V)
    value.text = xml_text(text)
    formula = cell.find(F)
    cell.insert(0 if formula is None else cell.index(formula) + 1, value)
