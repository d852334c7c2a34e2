"""A small workbook with its XML changed at random: `check` and `refresh` refuse it in a line, or read it."""

import functools
import re
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.workbook.corpus.case import clean, members, write, zipped
from xlfactor.errors import FactorError
from xlfactor.workbook.check import check
from xlfactor.workbook.refresh import refresh

JUNK = [
    b"", b"0", b"-1",
    b"9" * 20, b"1e999", b"NaN", b"A0", b"XFE1048577", b"$", b"&#0;", b"&amp;", b"]]>", b"<v>", b"</v>",
    b"<row>", b'<c r="A1">', b't="s"', b't="d"', b't="e"', b't="array" ref="A1:XFD1048576"', b'cm="1"', b'r="ZZZZ9"',
    b"<f>A1:A</f>", b"<f>((((</f>", b'<f t="shared" si="0"/>', b"_xD800_", b"\xff", b"\x00", b'hidden="1"', b"=1+",
    b'<mergeCell ref="B2:A1"/>', b"Returns", b"!", b"'",
]  # fmt: skip


@functools.cache
def parts() -> dict[str, bytes]:
    def more(book):
        book.define_name("all_returns", "=Returns!$A$1:$I$31")
        sheet = book.worksheets()[1]
        columns = [{"header": name} for name in ("Asset", "Market", "Size")]
        sheet.add_table("A1:C9", {"name": "tblLoadings", "columns": columns})
        book.worksheets()[-1].write_formula("T1", "=SUM(B2:C3)*2", None, 1)

    with tempfile.TemporaryDirectory() as folder:
        return members(write(Path(folder) / "book.xlsx", clean(), more))


MUTATION = st.tuples(st.sampled_from(sorted(parts())), st.floats(0, 1), st.integers(0, 30), st.sampled_from(JUNK))


VALUE = re.compile(rb'(?<==")[^"]*(?=")|(?<=>)[^<>]+(?=<)')
WELL_FORMED = [word for word in JUNK if not set(word) & set(b'<>"=\xff\x00') and word != b"&#0;"]


def mutated(folder: str, mutations: list[tuple[str, float, int, bytes]]) -> Path:
    """A few bytes of some parts cut out and junk in their place; or, where it stays XML, a value replaced by it."""
    new = dict(parts())
    for name, where, cut, junk in mutations:
        data = new[name]
        start = int(where * len(data))
        value = VALUE.search(data, start)
        if junk in WELL_FORMED and cut % 4 and value:
            new[name] = data[: value.start()] + junk + data[value.end() :]
        else:
            new[name] = data[:start] + junk + data[start + cut :]
    return zipped(Path(folder) / "book.xlsx", new)


@given(st.lists(MUTATION, min_size=1, max_size=4))
@example([("xl/worksheets/sheet1.xml", 0.5, 0, b"<v>")])
@settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_changed_workbook_is_read_or_refused_in_a_line(mutations):
    with tempfile.TemporaryDirectory() as folder:
        path = mutated(folder, mutations)
        before = path.read_bytes()
        for look in (check, functools.partial(refresh, dry_run=True)):
            error = refusal(look, path)
            if error is not None:
                assert error.fix
                assert len(error.line) <= 200
        assert path.read_bytes() == before


def refusal(look, path: Path) -> FactorError | None:
    try:
        look(path)
    except FactorError as error:
        return error
    return None
