"""`xlfactor estimate`: a panel on disk to a model file, here or on a Dask cluster."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from xlfactor.console import Run, command
from xlfactor.errors import FactorError

UNITS = {"": 1.0, "B": 1.0, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KIB": 2.0**10, "MIB": 2.0**20, "GIB": 2.0**30}


@command
def estimate(
    run: Run,
    panel: Annotated[Path, typer.Argument(help="A folder written by xlfactor panel.")],
    out: Annotated[Path, typer.Option(help="The model file, .npz; MODEL.work beside it keeps what is done.")],
    memory: Annotated[str, typer.Option(help="What this process, and each worker, stays below.")] = "2GB",
    scheduler: Annotated[
        str,
        typer.Option(help="Address of a Dask scheduler, tcp://host:8786; its workers read PANEL under the same path."),
    ] = "",
    weights: Annotated[
        str, typer.Option(help="Of the regression: sqrt_cap, weight (the panel's) or equal.")
    ] = "sqrt_cap",
    lag: Annotated[int, typer.Option(help="Loadings of the lag-th date before explain a return.")] = 1,
    winsorize: Annotated[bool, typer.Option("--winsorize", help="Clip the styles of each date (mad, 3, 10).")] = False,
    standardize: Annotated[
        bool, typer.Option("--standardize", help="Styles of each date to cap-weighted mean 0 and sd 1.")
    ] = False,
    half_life_volatility: Annotated[float, typer.Option(help="Of factor volatilities, in dates; 0 = equal.")] = 84,
    half_life_correlation: Annotated[float, typer.Option(help="Of factor correlations, in dates; 0 = equal.")] = 504,
    newey_west_volatility: Annotated[int, typer.Option(help="Lags of factor volatilities.")] = 5,
    newey_west_correlation: Annotated[int, typer.Option(help="Lags of factor correlations.")] = 2,
    shrinkage: Annotated[
        str, typer.Option(help="Of factor correlations: none, ledoit_wolf, oas, constant_correlation.")
    ] = "none",
    half_life_idio: Annotated[float, typer.Option(help="Of idio variances, in dates; 0 = equal.")] = 84,
    newey_west_idio: Annotated[int, typer.Option(help="Lags of idio variances.")] = 5,
    shrinkage_idio: Annotated[float, typer.Option(help="Of idio volatilities to their cap decile; 0 = none.")] = 0.1,
) -> None:
    """Estimate a risk model from a panel that does not fit in memory; a run that was stopped goes on where it was."""
    from xlfactor.engine.suspects import LARGE
    from xlfactor.panel.estimate import estimate as estimate_model
    from xlfactor.panel.options import MapOptions, ReduceOptions

    options = MapOptions(lag, weights, winsorize, standardize, half_life_idio, newey_west_idio)
    reduction = ReduceOptions(
        half_life_volatility, half_life_correlation, newey_west_volatility, newey_west_correlation, shrinkage,
        shrinkage_idio,
    )  # fmt: skip
    run.facts["file"] = str(panel)
    if out.suffix.lower() != ".npz":
        raise FactorError("FILE_EXTENSION", "a model file is an .npz file", f"call it {out.stem}.npz", where=out.name)
    with _progress(run) as progress:
        model, diagnostics = estimate_model(panel, out, options, reduction, _bytes(memory), scheduler, progress)
    volatility = float(model.assets["variance"].median()) ** 0.5
    if volatility > LARGE:
        text = f"half of the assets have an idio volatility above {volatility:.0%} a period: are their returns percent?"
        run.check("warn", "UNITS_PERCENT", text, "divide them by 100")
    table = out.with_name(f"{out.stem}_diagnostics.csv")
    diagnostics.to_csv(table, date_format="%Y-%m-%d")
    run.facts |= {"input_hash": model.input_hash, "as_of": str(model.date.date())}
    estimated = diagnostics[diagnostics["rank"].notna()]
    run.say(f"{len(estimated)} of {len(diagnostics)} dates estimated, as of {model.date.date()}")
    run.table(
        "",
        ["measure", "median", "worst"],
        [
            ["assets", f"{estimated['n_assets'].median():.0f}", f"{estimated['n_assets'].min():.0f}"],
            ["r_squared", f"{estimated['r_squared'].median():.3f}", f"{estimated['r_squared'].min():.3f}"],
            ["condition number", *(f"{x:.1f}" for x in estimated["condition_number"].quantile([0.5, 1]))],
        ],
    )
    run.wrote(out)
    run.wrote(table)


def _bytes(text: str) -> float:
    """`1.5GB` as a number."""
    digits = text.strip().upper().rstrip("KMGTIB ")
    try:
        return float(digits) * UNITS[text.strip().upper().removeprefix(digits).strip()]
    except (KeyError, ValueError):
        raise FactorError(
            "VALUE_RANGE", f"memory is '{text}'", "write it as 2GB or 1500MB", argument="memory"
        ) from None


@contextmanager
def _progress(run: Run) -> Iterator[Callable[[int, int], None]]:
    """A bar of blocks on a terminal's stderr, else a line a stage; nothing with --quiet and --json."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, no_color=run.no_color or None)
    if run.quiet or run.json or not console.is_terminal:
        if not run.json:
            run.stage("estimate")
        yield lambda done, total: None
        return
    columns = (TextColumn("blocks"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("blocks", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
