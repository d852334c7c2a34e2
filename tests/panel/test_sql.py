"""A query as a panel, on SQLite and on a real PostgreSQL server that the test starts itself."""

import pandas as pd
import pytest
from sqlalchemy import Date, Float, Numeric, create_engine
from typer.testing import CliRunner

from tests.needs import need_postgresql
from tests.panel.test_store import content, rows
from xlfactor.cli import app
from xlfactor.errors import FactorError
from xlfactor.panel.sql import from_query
from xlfactor.panel.store import write_panel

QUERY = 'SELECT day AS date, asset, ret AS "return", cap, weight, "Market", "Industry", "Value", "Country", "Size" '
QUERY += "FROM risk ORDER BY day, place"


def fill(url, frames, kind):
    """The rows in a table whose columns have a database's own types: dates, and numbers of the given kind."""
    together = pd.concat(frames, ignore_index=True).rename(columns={"date": "day", "return": "ret"})
    together["day"] = together["day"].dt.date
    together["place"] = range(len(together))
    numbers = dict.fromkeys(["ret", "cap", "weight", "Market", "Value", "Size"], kind)
    engine = create_engine(url)
    together.to_sql("risk", engine, index=False, dtype={"day": Date(), **numbers}, if_exists="replace", chunksize=500)
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=need_postgresql)], scope="module")
def database(request, tmp_path_factory):
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'risk.db'}"
    else:
        from tests.panel.postgres import server

        with server() as url:
            yield url


def test_a_query_gives_the_panel_of_the_frames_in_its_table(tmp_path, database, monkeypatch):
    monkeypatch.setattr("xlfactor.panel.sql.ROWS", 17)
    given = rows()
    fill(database, given, Float(53))
    assert from_query(database, QUERY, tmp_path / "Q").hash == write_panel(tmp_path / "F", given).hash


def test_decimals_of_a_database_are_numbers_and_its_nulls_are_missing(tmp_path, database):
    given = rows(5)
    fill(database, given, Numeric(20, 6))
    found = content(from_query(database, QUERY, tmp_path / "Q"))
    together = pd.concat(given, ignore_index=True)
    for name in ("return", "cap", "Size"):
        pd.testing.assert_series_equal(found[name], together[name], rtol=0, atol=5.1e-7)
    assert found["Industry"].isna().tolist() == together["Industry"].isna().tolist()


def test_rows_are_fetched_as_they_are_written_not_all_at_once(tmp_path, database, monkeypatch):
    from xlfactor.panel import sql

    monkeypatch.setattr(sql, "ROWS", 10)
    fill(database, rows(30), Float(53))
    fetched = []
    for chunk in sql._pieces(database, QUERY):
        fetched.append(len(chunk.frame))
        assert chunk.first == sum(fetched) - len(chunk.frame) + 1
    assert fetched == [10] * 36
    if database.startswith("postgresql"):  # its driver holds all rows, unless the server has a cursor open for us
        statements = [chunk.frame.iloc[0, 0] for chunk in sql._pieces(database, "SELECT statement FROM pg_cursors")]
        assert "SELECT statement FROM pg_cursors" in statements[0]
    bad = QUERY.replace("asset,", "CASE WHEN place = 25 THEN '' ELSE asset END AS asset,")
    with pytest.raises(FactorError, match=r"NAME_BLANK: '' is no asset's name \(query row 26, column asset\)"):
        from_query(database, bad, tmp_path / "Q")


@pytest.mark.parametrize(
    ("query", "line"),
    [("SELECT * FROM nowhere", "DATABASE: .*nowhere"), ("SELECT FROM FROM", "DATABASE: .*syntax error")],
)
def test_what_the_database_refuses_is_said_in_its_own_words_on_one_line(tmp_path, database, query, line):
    with pytest.raises(FactorError, match=line) as refused:
        from_query(database, query, tmp_path / "Q")
    assert "\n" not in refused.value.line


def test_a_query_of_no_rows_and_one_that_is_no_select_are_refused(tmp_path, database):
    fill(database, rows(3), Float(53))
    with pytest.raises(FactorError, match="NO_ROWS"):
        from_query(database, "SELECT * FROM risk WHERE 1 = 0", tmp_path / "Q")
    with pytest.raises(FactorError, match=r"NO_ROWS|DATABASE: syntax error at or near .DELETE"):
        from_query(database, "DELETE FROM risk WHERE 1 = 0", tmp_path / "Q")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("prices.db", "DATABASE: the database address cannot be read"),
        ("nodb://me:secret@host/x", "DATABASE: the database address cannot be read"),
        ("sqlite:////no/such/folder/x.db", "DATABASE: unable to open database file"),
        ("mysql+mysqldb://me:secret@host/x", "DRIVER_MISSING: the database needs the Python package MySQLdb"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_without_its_password(tmp_path, url, code):
    with pytest.raises(FactorError) as refused:
        from_query(url, "SELECT 1", tmp_path / "Q")
    assert refused.value.line.startswith(code)
    assert "secret" not in refused.value.line


def test_the_command_takes_a_database_and_a_query(tmp_path, database):
    given = rows()
    fill(database, given, Float(53))
    options = ["--database", database, "--query", QUERY, "--partition", "year", "--styles", "Market,Size"]
    found = CliRunner().invoke(app, ["panel", str(tmp_path / "P"), *options])
    assert found.exit_code == 0, found.stderr
    assert "45 dates 2025-12-15 to 2026-02-13 · 540 rows · 12 assets · 2 factors" in found.stdout
    assert sorted(p.name for p in (tmp_path / "P").iterdir()) == [".lock", "2025", "2026", "panel.json"]
