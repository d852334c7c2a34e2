"""An openpyxl workbook as bytes: exact numbers, the same bytes for the same input."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from pathlib import Path
from typing import Any

from openpyxl.workbook import Workbook

from xlfactor.workbook.writing.fixed_zip import rewrite

NUMBER = re.compile(rb'(<c r="([A-Z]+[0-9]+)"[^>]*><v>)([^<]*)(?=</v>)')
MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def workbook_bytes(book: Workbook, day: dt.datetime) -> bytes:
    """The file of `book`; every time in it is `day`.

    openpyxl writes 16 digits and so drops the last bit of a number: each is replaced by its shortest exact form.
    """
    sheets = {f"xl/worksheets/sheet{k}.xml": sheet for k, sheet in enumerate(book.worksheets, start=1)}
    stamp = f"{day:%Y-%m-%dT%H:%M:%SZ}".encode()

    def edit(member: str, data: bytes) -> bytes:
        if member == "docProps/core.xml":
            return MODIFIED.sub(rb"\g<1>" + stamp, data)
        return exact(data, sheets[member]) if member in sheets else data

    with tempfile.TemporaryDirectory() as folder:
        draft, out = Path(folder) / "draft.xlsx", Path(folder) / "out.xlsx"
        book.save(draft)
        rewrite(draft, out, (day.year, day.month, day.day, 0, 0, 0), edit)
        return out.read_bytes()


def exact(data: bytes, sheet: Any) -> bytes:
    """A sheet's XML with the numbers of `sheet` to the last bit."""

    def number(match: re.Match[bytes]) -> bytes:
        value = sheet[match[2].decode()].value
        return match[1] + (repr(value).encode() if isinstance(value, float) else match[3])

    return NUMBER.sub(number, data)
