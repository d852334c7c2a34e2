"""Columns for assets that a table of returns does not have yet."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

from lxml import etree

from xlfactor.errors import FactorError, first_five
from xlfactor.workbook.newdata.datafile import DataFile
from xlfactor.workbook.newdata.table_body import Body, Row, blocked, body_block
from xlfactor.workbook.reading.package import Book
from xlfactor.workbook.results import Note
from xlfactor.workbook.text import xml_text
from xlfactor.workbook.writing.follow import to_bytes
from xlfactor.workbook.writing.patch import Block
from xlfactor.workbook.writing.sheet_bytes import MAIN, parser


def widened(body: Body, data: DataFile) -> tuple[Body, list[Note]]:
    """The body with a blank column at its right for each asset that only the file has.

    FactorError DUP_ASSET for labels that differ in case only, which a table's header cannot hold; TABLE_BLOCKED
    where the table has no header row.
    """
    new = [label for label in data.labels[1:] if label not in body.labels]
    if not new:
        return body, []
    refuse_alike(body, new, data)
    table = body.table
    if table.header_rows != 1:
        raise blocked(table, table.area[:2], "it has no header row for new columns", "switch its header row on")
    top, left, bottom, right = table.area
    wide = replace(table, area=(top, left, bottom, right + len(new)), columns=(*table.columns, *new))
    rows = [[*row, *[None] * len(new)] for row in body.rows]
    message = f"{len(new)} assets of {data.name} got a column in {table.name}: {first_five(new)}"
    note = Note("ASSET_ADDED", "info", table.sheet, None, message, "give them loadings", len(new))
    return Body(wide, (*body.labels, *new), rows), [note]


def headed(body: Body, data: DataFile) -> Body:
    """A table without rows under the file's own columns: what its header said was an example.

    The label columns keep their names, for formulas use them. FactorError DUP_ASSET as for `widened`.
    """
    table, keys = body.table, 2 if data.labels[0].casefold() == "date" != body.labels[0].casefold() else 1
    labels = (*(data.labels[:1] if keys == 2 else ()), body.labels[0], *data.labels[keys:])
    if table.header_rows != 1 or len(labels) < len(body.labels):
        return body
    refuse_alike(replace(body, labels=labels[:1]), labels[1:], data)
    top, left, bottom, _ = table.area
    return Body(replace(table, area=(top, left, bottom, left + len(labels) - 1), columns=labels), labels, [])


def refuse_alike(body: Body, new: Sequence[str], data: DataFile) -> None:
    known: dict[str, str] = {label.casefold(): label for label in body.labels}
    for label in new:
        before = known.setdefault(label.casefold(), label)
        if before != label:
            raise FactorError(
                "DUP_ASSET", f"{before} and {label} differ in case only, which a table's header cannot hold",
                "rename one", where=data.name,
            )  # fmt: skip


def changed_blocks(body: Body, rows: Sequence[Row], book: Book) -> list[Block]:
    """What to write into a table for new rows and labels: new columns take the styles of the last old one."""
    old = book.tables[body.table.name.casefold()]
    top, left, _, right = old.area
    blocks = []
    if body.table.columns != old.columns:
        same = [was == now for was, now in zip(old.columns, body.table.columns, strict=False)]
        first = min([*same, False].index(False), len(old.columns) - 1)
        labels = list(body.table.columns[first:])
        blocks.append(Block((top, left + first), [labels], (top, left + first, top, right), "constants"))
    if block := body_block(body, rows):
        blocks.append(replace(block, old=(*block.old[:3], right)))
    return blocks


def with_columns(data: bytes, labels: Sequence[str]) -> bytes:
    """A table's part with columns of these names; those behind its last one are like it."""
    root = etree.fromstring(data, parser())
    columns = root.find(f"{MAIN}tableColumns")
    if columns is None or len(columns) == 0:
        return data
    old = [column.get("name") for column in columns]
    if old == [xml_text(label) for label in labels]:
        return data
    for column, label in zip(columns, labels, strict=False):
        column.set("name", xml_text(label))
    last = columns[-1]
    number = max(int(column.get("id", "0")) for column in columns)
    for i, label in enumerate(labels[len(old) :], 1):
        column = deepcopy(last)
        for attribute in set(column.keys()) - {"id", "name", "dataDxfId", "dataCellStyle"}:
            del column.attrib[attribute]  # a totals function, a query's field, an identity of its own
        for child in list(column):
            column.remove(child)
        column.set("id", str(number + i))
        column.set("name", xml_text(label))
        columns.append(column)
    columns.set("count", str(len(columns)))
    return to_bytes(root)
