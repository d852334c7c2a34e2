"""Tables that lie wrong, unusual writers, other content, files in use, catalogue formulas."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from tests.workbook.corpus.case import (
    BOOK,
    BOOK_RELS,
    LOADINGS,
    MODEL,
    NAME,
    RETURNS,
    Case,
    Corpus,
    Tables,
    changed,
    clean,
    members,
    replaced,
    write,
    zipped,
)  # fmt: skip
from tests.workbook.corpus.packages import put_cell

CASES = Corpus()
LAYOUT, WRITERS, OTHER = "layout, orientation", "unusual but legal writers", "other content"
IN_USE, FORMULAS, SMALL = "in use, not writable", "catalogue formulas", "parts missing or too small"


def bare(group: str, verdict: str, code: str = "", cell: str = "") -> Any:
    """A case of sheets without a formula, found by their names."""

    def add(edit: Any) -> Any:
        def make(folder: Path) -> Path:
            tables = clean()
            return write(folder / NAME, edit(tables) or tables, model=False)

        CASES.append(Case(edit.__name__.replace("_", " "), group, verdict, code, make, cell))
        return edit

    return add


@CASES.spoils(LAYOUT, "reject", "HEADER_OFFSET", "Returns!A1")
def titles_above_the_header(tables: Tables) -> None:
    tables["Returns"][:0] = [["Daily returns of the fund"], ["as of 2024-02-09"], []]


@bare(LAYOUT, "reject", "HEADER_OFFSET", "Loadings!A1")
def a_title_above_the_loadings_of_a_bare_book(tables: Tables) -> None:
    tables["Loadings"][:0] = [["Exposures, vendor X"]]


@bare(LAYOUT, "reject", "DATE_BAD", "Returns!A33")
def a_source_under_the_data(tables: Tables) -> None:
    tables["Returns"] += [[], ["Source: vendor", "all rights reserved"]]


@bare(LAYOUT, "reject", "NAME_BLANK", "Returns!L1")
def notes_beside_the_data(tables: Tables) -> None:
    tables["Returns"][4] += [None, None, "checked by hand"]


@CASES.spoils(LAYOUT, "reject", "TRANSPOSED", "Returns!A1")
def returns_on_their_side(tables: Tables) -> None:
    tables["Returns"] = [list(row) for row in zip(*tables["Returns"], strict=True)][:20]
    tables["Returns"] = [row[:20] for row in tables["Returns"]]


@CASES.spoils(LAYOUT, "reject", "TRANSPOSED", "Loadings!A1")
def loadings_on_their_side(tables: Tables) -> None:
    tables["Loadings"] = [list(row) for row in zip(*tables["Loadings"], strict=True)]


@CASES.spoils(LAYOUT, "reject", "TRANSPOSED", "Portfolio!A1")
def a_portfolio_on_its_side(tables: Tables) -> None:
    tables["Portfolio"] = [list(row) for row in zip(*tables["Portfolio"], strict=True)]


@CASES.writes(LAYOUT, "warn", "STRAY_CELLS", "Returns!A32", same=True)
def a_new_day_under_a_range_that_did_not_grow(path: Path) -> None:
    replaced(
        path,
        RETURNS,
        "</sheetData>",
        '<row r="32"><c r="A32"><v>45334</v></c><c r="B32"><v>0.01</v></c></row></sheetData>',
    )


@CASES.writes(LAYOUT, "warn", "HIDDEN_DATA", same=True)
def a_hidden_row(path: Path) -> None:
    changed(path, RETURNS, lambda data: data.replace(b'<row r="5"', b'<row r="5" hidden="1"', 1))


@CASES.writes(LAYOUT, "warn", "HIDDEN_DATA", same=True)
def a_hidden_column(path: Path) -> None:
    replaced(path, RETURNS, "<sheetData>", '<cols><col min="3" max="4" width="9" hidden="1"/></cols><sheetData>')


@CASES.writes(LAYOUT, "warn", "HIDDEN_DATA", same=True)
def a_hidden_sheet(path: Path) -> None:
    replaced(path, BOOK, '<sheet name="Loadings"', '<sheet name="Loadings" state="veryHidden"')


@CASES.writes(LAYOUT, "warn", "MERGED_CELLS", "Loadings!B2", same=True)
def merged_cells_in_a_table(path: Path) -> None:
    replaced(path, LOADINGS, "</sheetData>", '</sheetData><mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>')


@CASES.spoils(LAYOUT, "ok", same=True)
def blank_rows_and_columns_as_spacing(tables: Tables) -> None:
    tables["Returns"] = [[*row[:3], None, *row[3:]] for row in tables["Returns"]]
    tables["Returns"].insert(6, [])
    tables["Loadings"].insert(3, [])


@CASES.spoils(LAYOUT, "ok", same=True)
def blank_rows_under_a_table(tables: Tables) -> None:
    tables["Returns"] += [[], [], [None] * 12]


# unusual writers -------------------------------------------------------------------------------------------------


@CASES.writes(WRITERS, "ok", same=True)
def cells_without_addresses(path: Path) -> None:
    import re

    for part in (RETURNS, LOADINGS):
        changed(path, part, lambda data: re.sub(rb'<(row|c) r="[A-Z0-9]+"', rb"<\1", data))


@CASES.writes(WRITERS, "ok", same=True)
def a_prefix_before_every_element(path: Path) -> None:
    import re

    def prefixed(data: bytes) -> bytes:
        data = re.sub(rb"<(/?)([A-Za-z])", rb"<\1x:\2", data)
        return data.replace(b'xmlns="', b'xmlns:x="', 1)

    changed(path, RETURNS, prefixed)


@CASES.writes(WRITERS, "ok", same=True)
def a_sheet_in_utf16(path: Path) -> None:
    changed(path, RETURNS, lambda data: data.decode().replace("UTF-8", "UTF-16").encode("utf-16"))


@CASES.writes(WRITERS, "ok", same=True)
def targets_from_the_root(path: Path) -> None:
    replaced(path, BOOK_RELS, 'Target="worksheets/sheet1.xml"', 'Target="/xl/worksheets/sheet1.xml"')


@CASES.writes(WRITERS, "ok", same=True)
def texts_inside_their_cells(path: Path) -> None:
    changed(
        path, RETURNS, lambda data: put_cell(data, "A1", ' t="inlineStr"', "<is><r><t>Da</t></r><r><t>te</t></r></is>")
    )


@CASES.writes(WRITERS, "ok", same=True)
def a_text_with_its_reading_in_kana(path: Path) -> None:
    changed(
        path,
        RETURNS,
        lambda data: put_cell(data, "A1", ' t="inlineStr"', '<is><t>Date</t><rPh sb="0" eb="1"><t>x</t></rPh></is>'),
    )


@CASES.writes(WRITERS, "ok", same=True)
def comments_and_sections_among_the_cells(path: Path) -> None:
    changed(path, RETURNS, lambda data: put_cell(data, "A2", "", "<!-- <c r='B9'> --><v><![CDATA[45292]]></v>"))


@CASES.writes(WRITERS, "ok", same=True)
def members_that_are_not_compressed(path: Path) -> None:
    parts = members(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


@CASES.writes(WRITERS, "ok", same=True)
def bytes_before_and_after_the_zip(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"")
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"made by a careful person"


@CASES.writes(WRITERS, "ok", same=True)
def a_date_as_the_standard_writes_it(path: Path) -> None:
    changed(path, RETURNS, lambda data: put_cell(data, "A2", ' t="d"', "<v>2024-01-01T00:00:00</v>"))


@CASES.writes(WRITERS, "ok", same=True)
def numbers_in_another_form(path: Path) -> None:
    changed(path, RETURNS, lambda data: put_cell(data, "A2", ' t="n"', "<v> 4.5292E4 </v>"))


# other content and use -------------------------------------------------------------------------------------------


@CASES.writes(OTHER, "ok", same=True)
def parts_that_we_know_nothing_of(path: Path) -> None:
    zipped(path, members(path) | {"customXml/item1.xml": b"<a>kept</a>", "xl/secret.bin": bytes(range(256))})


@CASES.writes(OTHER, "ok", same=True)
def sheets_of_the_users_own_full_of_errors(path: Path) -> None:
    cells = '<c r="T60" t="e"><v>#DIV/0!</v></c><c r="U60" t="str"><f>T60&amp;"x"</f><v>?</v></c>'
    replaced(path, MODEL, "</sheetData>", f'<row r="60">{cells}</row></sheetData>')


@CASES.writes(IN_USE, "warn", "FILE_OPEN_IN_EXCEL")
def a_colleague_has_it_open(path: Path) -> None:
    (path.parent / f"~${path.name}").write_bytes(b"\x05Maria")


@CASES.writes(IN_USE, "ok", same=True)
def a_read_only_file(path: Path) -> None:
    path.chmod(0o444)


@bare(SMALL, "reject", "SHEET_MISSING")
def no_loadings(tables: Tables) -> None:
    del tables["Loadings"]


@bare(SMALL, "reject", "SHEET_MISSING")
def a_sheet_of_returns_under_another_name(tables: Tables) -> Tables:
    return {"Retruns": tables["Returns"], "Loadings": tables["Loadings"]}


@bare(SMALL, "reject", "SHEET_MISSING")
def nothing_for_us(tables: Tables) -> Tables:
    return {"Shopping": [["bread", 2.0], ["milk", 1.0]]}


# catalogue formulas ----------------------------------------------------------------------------------------------


def formula(name: str, text: str, code: str, cell: str, verdict: str = "reject", extra: str = "") -> None:
    def put(path: Path) -> None:
        def rewrite(data: bytes) -> bytes:
            start = data.index(b"FACTOR_RETURNS(")
            end = data.index(b"</f>", start)
            return data[:start] + text.encode() + data[end:].replace(b"</sheetData>", extra.encode() + b"</sheetData>")

        changed(path, MODEL, rewrite)

    put.__name__ = name
    CASES.writes(FORMULAS, verdict, code, cell)(put)


INPUTS = "'Returns'!A1:I31,'Loadings'!A1:C9"
formula("a_sheet_that_no_book_has", "FACTOR_RETURNS(Nowhere!A1:B2,Loadings!A1:C9)", "UNSUPPORTED", "Model!A1")
formula("a_reference_that_broke", "FACTOR_RETURNS(#REF!,Loadings!A1:C9)", "UNSUPPORTED", "Model!A1")
formula("a_reference_to_another_book", "FACTOR_RETURNS([1]Returns!A1:I31,Loadings!A1:C9)", "UNSUPPORTED", "Model!A1")
formula(
    "a_reference_that_cannot_be_told",
    'FACTOR_RETURNS(INDIRECT("Returns!A1:I31"),Loadings!A1:C9)',
    "UNSUPPORTED",
    "Model!A1",
)
formula("a_name_that_nobody_defined", "FACTOR_RETURNS(my_returns,Loadings!A1:C9)", "UNSUPPORTED", "Model!A1")
formula("a_formula_that_reads_itself", "FACTOR_RETURNS(Model!A1:I31,Loadings!A1:C9)", "CYCLE", "Model!A1")
formula("a_reference_of_a_billion_cells", "FACTOR_RETURNS(Returns!A1:XFC1048575,Loadings!A1:C9)", "SHEET_TOO_LARGE", "")
formula("too_many_arguments", f"FACTOR_RETURNS({INPUTS},,,,,,,,,)", "ARGUMENT_TOO_MANY", "Model!A1")
