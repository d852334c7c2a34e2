"""The page of a function says what the function does: its cell formula, pasted and refreshed, gives the table shown."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from typer.testing import CliRunner

from docs.function_links import MADE_BY
from docs.function_pages import COLUMNS, PASTEABLE, ROWS, cell_formula, index, page, write_pages
from docs.function_text import readable, told
from xlfactor.cli import app
from xlfactor.functions import catalogue
from xlfactor.functions.examples import example
from xlfactor.functions.names import stored_name

DIGITS = 5
NOT_SPLIT = re.compile(r"(?<!\\)\|")
MACHINE = re.compile(r"(?:^|[\s`'\"(=])(?:/(?:home|root|tmp|work|usr|var|Users)/|[A-Z]:\\)", re.M)
NEVER_REFUSES = {"CHECK_RETURNS", "CUMULATIVE_RETURNS", "XLFACTOR_VERSION"}  # what could be read
NO_SOURCE = {"Model", "Help"}  # stages that read or tell, and compute nothing


@pytest.fixture(scope="module")
def pages():
    return {name: page(function) for name, function in catalogue().items()}


@pytest.fixture(scope="module")
def pasteable():
    formulas = {name: cell_formula(f, example(f).arguments) for name, f in catalogue().items()}
    return {name: formula for name, formula in formulas.items() if len(formula) <= PASTEABLE}


@pytest.fixture(scope="module")
def refreshed(pasteable, tmp_path_factory):
    """The values of every formula that a page lets its reader paste, computed by one `xlfactor refresh`."""
    path = tmp_path_factory.mktemp("pasted") / "pasted.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, formula in pasteable.items():
            stored = formula.replace(name, stored_name(name, "excel"), 1)
            book.add_worksheet(name).write_dynamic_array_formula("A1", stored, None, 0)
    done = CliRunner().invoke(app, ["refresh", str(path)])
    assert done.exit_code == 0, done.output
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in openpyxl.load_workbook(path, data_only=1)}


def shown_table(text: str) -> list[list[str]]:
    """The cells of the table below "gives", without Markdown's second row and its marks."""
    lines = re.search(r"^gives[^\n]*\n\n((?:\|[^\n]*\n)+)", text, re.M)[1].splitlines()
    rows = [[cell.strip() for cell in NOT_SPLIT.split(line)[1:-1]] for line in (lines[0], *lines[2:])]
    return [[re.sub(r"\\([*_<|])", r"\1", cell).replace("<wbr>", "") for cell in row] for row in rows]


def is_shown(value: object, text: str) -> bool:
    """Whether `text` is what a reader with five digits writes for a cell's value."""
    if value in (None, "", "#N/A"):
        return text == ""
    if isinstance(value, bool):
        return text == str(value).upper()
    if isinstance(value, str):
        return text == value
    if isinstance(value, dt.datetime):
        return text == value.date().isoformat()
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return dt.datetime(1899, 12, 30) + dt.timedelta(value) == dt.datetime.fromisoformat(text)
    return abs(float(text) - value) <= 0.5001 * 10 ** (1 - DIGITS) * abs(value) + 1e-12


def test_every_formula_that_a_page_shows_gives_its_table_in_a_refreshed_workbook(pages, refreshed):
    wrong = {}
    for name, cells in refreshed.items():
        table = shown_table(pages[name])
        assert (len(table), len(table[0])) == (min(len(cells), ROWS), min(len(cells[0]), COLUMNS)), name
        for i, row in enumerate(table):
            for j, text in enumerate(row):
                if not is_shown(cells[i][j], text):
                    wrong[name, i, j] = cells[i][j], text
    assert not wrong


def test_the_formula_that_is_computed_is_the_one_on_the_page(pages, pasteable):
    for name, formula in pasteable.items():
        assert (
            f"Paste into an empty cell:\n\n```{{code-block}} text\n:class: formula\n{formula}\n```\n" in pages[name]
        ), name


def test_a_formula_too_long_to_paste_stands_on_the_gallery_and_its_page_says_so(pages, pasteable):
    long = set(catalogue()) - set(pasteable)
    assert long == {"DIAGNOSE_MODEL", "VALIDATE_MODEL"}  # they want months of dates
    assert all("`xlfactor template BOOK --gallery`" in pages[name] for name in long)


def test_every_page_has_arguments_an_example_its_errors_its_source_and_its_version(pages):
    for name, text in pages.items():
        function = catalogue()[name]
        assert text.startswith(f"# {name}\n\n{readable(function.help)}\n")
        assert f"Since version {function.since}." in text, name
        assert f"xlfactor.{name.lower()}(" in text.partition("## Example")[2], name
        for argument in function.arguments:
            assert re.search(rf"^\| {argument.name} \| .+ \| .+ \| {argument.kind} \|$", text, re.M), (
                name,
                argument.name,
            )
        errors = "None of its own." if name in NEVER_REFUSES else "Raises .*`[A-Z_]+`"
        assert re.search(rf"^## Errors\n\n{errors}", text, re.M), name
        assert re.search(r"^## Source\n\n[\w\[]", text, re.M) or function.stage in NO_SOURCE, name
        assert re.search(r"^Stage: .* Code: `xlfactor/functions/\w+\.py`\.$", text, re.M), name


def test_no_page_names_a_path_of_a_machine(pages):
    found = {name: MACHINE.findall(text) for name, text in {**pages, "index": index()}.items()}
    assert not {name: paths for name, paths in found.items() if paths}


def test_the_folder_holds_the_pages_of_today_and_no_others(tmp_path, pages):
    (tmp_path / "RENAMED.md").write_text("# RENAMED")
    write_pages(tmp_path)
    assert {p.stem for p in tmp_path.iterdir()} == {*catalogue(), "index"}
    for name in catalogue():
        assert f"[{name}]({name}.md)" in Path(tmp_path / "index.md").read_text("utf-8")


def test_symbols_have_real_indices_and_names_keep_their_underscores():
    shown = readable("f_t = (B'WB)^-1 B'W r_{t−1}, t_stat of x_k · 2^(−1/half_life), |u_i|; p_value < 5 %")
    assert shown == (
        "f<sub>t</sub> = (B'WB)<sup>−1</sup> B'W r<sub>t−1</sub>, t\\_stat of x<sub>k</sub> · "
        "2<sup>−1/half\\_life</sup>, \\|u<sub>i</sub>\\|; p\\_value \\< 5 %"
    )


def test_a_docstring_is_taken_apart():
    said = told(
        """Meaning.

        Question: what is it?

            x = B'w

        weights : one a row. And
        more.
        beta : a column.
        Returns assets × beta.
        gamma : another column.
        Raises DUP_ASSET, as EXPOSURES. Source: USE4.

        Example: two stocks.

        >>> not_read()
        """.replace("\n        ", "\n"),
        ["weights"],
        ["EXPOSURES"],
    )
    assert said.example == "Two stocks."
    assert said.computed == [":::{container} equation\nx = B'w\n:::", "- `beta`: a column."]
    assert said.arguments == ["- `weights`: one a row. And more."]
    assert said.result == ["Assets × beta.", "- `gamma`: another column."]
    assert said.raises == "Raises DUP_ASSET, as EXPOSURES."
    assert said.source.startswith("[USE4](../methodology.md#13")


def test_an_argument_names_functions_that_make_one_and_these_exist():
    kinds = {a.kind for function in catalogue().values() for a in function.arguments}
    assert set(MADE_BY) <= kinds
    assert {name for names in MADE_BY.values() for name in names} <= set(catalogue())


def test_the_index_finds_every_function_by_the_question_that_its_page_answers(pages):
    listed = dict(re.findall(r"^- (.+\?) \[([A-Z_]+)\]\(\2\.md\)$", index(), re.M))
    assert sorted(listed.values()) == sorted(catalogue())
    for asked, name in listed.items():
        assert f"\n\n*{asked}*\n\n```" in pages[name], name


def test_the_python_lines_of_every_page_fit_its_block(pages):
    """98 characters of the site's code fit the page of a desktop (1150 px) without scrolling."""
    blocks = {name: re.findall(r"```python\n(.*?)```", text, re.S) for name, text in pages.items()}
    assert all(blocks.values())
    assert not {(name, line) for name, found in blocks.items() for line in found[0].splitlines() if len(line) > 98}


def test_a_long_heading_of_a_result_may_be_broken_after_its_underscores(pages):
    assert "| newey\\_<wbr>west\\_<wbr>t |" in pages["FACTOR_PERFORMANCE"]
