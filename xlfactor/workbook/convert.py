"""Catalogue functions renamed in a workbook to what another host stores; every other byte stays."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from xlfactor.functions import catalogue
from xlfactor.functions.names import Host, catalogue_name, stored_name
from xlfactor.workbook.reading.preflight import preflight
from xlfactor.workbook.refresh import refuse_special, write
from xlfactor.workbook.writing.archive import Change, prove_archive, write_archive
from xlfactor.workbook.writing.safe_write import file_state, one_writer, refuse_unwritable, replace
from xlfactor.workbook.writing.targets import refuse_target

# Cells, names, conditional formats (x14's too), validations, a table's calculated columns and its totals.
FORMULAS = re.compile(
    rb"<((?:\w+:)?(?:f|formula|formula1|formula2|definedName|calculatedColumnFormula|totalsRowFormula))"
    rb"(?:\s[^>]*)?(?<!/)>([^<]+)</\1>"
)
MAY_HOLD = re.compile(r"xl/(workbook\.xml|worksheets/[^/]+\.xml|tables/[^/]+\.xml)")
# In a formula's text as XML has it: what stands in quotes or brackets is left alone, a name has a ( behind it.
PIECES = re.compile(
    rb"""(?P<text>"[^"]*"|&quot;.*?&quot;)
    |(?P<name>(?:\[\d+\]!|'(?:[^']|'')*'!|&apos;[^&]*&apos;!|[\w.]+!)?(?<![\w.\x80-\xff])[A-Za-z_][\w.]*)(?=\()
    |'(?:[^']|'')*'|&apos;.*?&apos;
    |\[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*\]
    |[\w.\x80-\xff]+""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Renamed:
    """What a conversion did: how many calls, in which parts, and where the old file is kept."""

    calls: int
    parts: tuple[str, ...]
    output: Path | None
    backup: Path | None


def convert(book: Path, host: Host, *, output: Path | None = None, force: bool = False) -> Renamed:
    """Rename the catalogue's functions in `book`, or in its copy `output`, to what `host` stores.

    Written as a whole after a backup, like a refresh; a book that has the names already is left alone.
    FactorError: what preflight and the files refuse, FILE_EXISTS for `output` without `force`.
    """
    source, target = book.resolve(), (output or book).resolve()
    preflight(source)
    if target != source:
        refuse_target(target, source.suffix.lower(), force)
    refuse_special(source)
    refuse_unwritable(target)
    with one_writer(target):
        state = file_state(source)
        calls, change = renaming(source, host)
        if not change.parts and target == source:
            return Renamed(0, (), None, None)
        backup = write(source, target, change, state)
    return Renamed(calls, tuple(change.parts), output or book, backup)


def convert_new(book: Path, host: Host) -> None:
    """The same for a file that was made a moment ago: no backup of it is kept."""
    _, change = renaming(book, host)
    with tempfile.TemporaryDirectory(dir=book.parent) as folder:
        draft = Path(folder) / book.name
        write_archive(book, draft, change)
        prove_archive(book, draft, change)
        replace(draft, book)


def renaming(source: Path, host: Host) -> tuple[int, Change]:
    """How many calls get another name, and the parts that change."""
    names = frozenset(catalogue())
    calls, parts = 0, {}
    with zipfile.ZipFile(source) as archive:
        for part in filter(MAY_HOLD.fullmatch, archive.namelist()):
            count, data = renamed_part(archive.read(part), host, names)
            if count:
                calls += count
                parts[part] = data
    return calls, Change(parts)


def renamed_part(data: bytes, host: Host, names: Container[str]) -> tuple[int, bytes]:
    """How many calls in a part's formulas get another name, and the part then."""
    calls = 0

    def in_element(match: re.Match[bytes]) -> bytes:
        nonlocal calls
        count, text = renamed_formula(match[2], host, names)
        calls += count
        before, after = match.start(2) - match.start(), match.end(2) - match.start()
        return match[0][:before] + text + match[0][after:]

    renamed = FORMULAS.sub(in_element, data)
    return calls, renamed


def renamed_formula(text: bytes, host: Host, names: Container[str]) -> tuple[int, bytes]:
    """How many calls in a formula, as XML has it, get another name, and the formula then."""
    calls = 0

    def in_piece(match: re.Match[bytes]) -> bytes:
        nonlocal calls
        stored = match["name"] and catalogue_name(match["name"].decode().replace("&apos;", "'"), names)
        new = stored_name(stored, host).encode() if stored else match[0]
        calls += new != match[0]
        return new

    renamed = PIECES.sub(in_piece, text)
    return calls, renamed
