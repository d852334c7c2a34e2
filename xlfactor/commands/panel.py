"""`xlfactor panel`: rows too many for a sheet, from CSV files or a database, into a folder of Parquet files."""

from pathlib import Path
from typing import Annotated

import typer

from xlfactor.console import Run, command
from xlfactor.errors import FactorError, one_of

Names = Annotated[str, typer.Option(help="Their columns, comma between; else every text column.")]
Styles = Annotated[str, typer.Option(help="Their columns, comma between; else every further column.")]


@command
def panel(
    run: Run,
    out: Annotated[Path, typer.Argument(help="The panel's folder, new or to be added to.")],
    csv: Annotated[list[Path] | None, typer.Option(help="A long CSV file; once for each, in order of date.")] = None,
    database: Annotated[str, typer.Option(help="An SQLAlchemy address, such as sqlite:///prices.db.")] = "",
    query: Annotated[str, typer.Option(help="SELECT date, asset, return, … ORDER BY date.")] = "",
    partition: Annotated[str, typer.Option(help="month or year: the dates of one file.")] = "month",
    families: Names = "",
    styles: Styles = "",
    replace: Annotated[bool, typer.Option("--replace", help="Let rows replace dates that are there.")] = False,
) -> None:
    """Write a panel: columns date, asset, return, perhaps cap and weight, and the loadings."""
    from xlfactor.panel.read import Partition

    run.facts["file"] = str(out)
    run.stage("write")
    if bool(csv) == bool(database) or bool(database) != bool(query):
        raise FactorError("ARGUMENT_MISSING", "rows come from one place", "give --csv, or --database and --query")
    if out.exists() and not out.is_dir():
        raise FactorError("FILE_EXISTS", "this is a file", "name a folder for the panel")
    size: Partition = "year" if one_of(partition, Partition, "partition") == "year" else "month"
    if csv:
        from xlfactor.panel.csv import from_csv

        written = from_csv(csv, out, size, _names(families), _names(styles), replace)
    else:
        from xlfactor.panel.sql import from_query

        written = from_query(database, query, out, size, _names(families), _names(styles), replace)
    run.facts |= {"as_of": str(written.known[-1].date()), "input_hash": written.hash}
    run.wrote(out)
    run.say(
        f"{len(written.known)} dates {written.known[0].date()} to {written.known[-1].date()} · "
        f"{written.rows.sum():,} rows · {len(written.assets):,} assets · {len(written.factors.names)} factors"
    )


def _names(text: str) -> list[str] | None:
    return [name.strip() for name in text.split(",") if name.strip()] or None
