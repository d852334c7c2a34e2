"""Options that several commands share, each said once."""

from pathlib import Path
from typing import Annotated

import typer

Book = Annotated[Path, typer.Argument(help="A workbook, .xlsx or .xlsm.")]
Output = Annotated[Path | None, typer.Option(help="Write there and leave the book alone.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that exists.")]
