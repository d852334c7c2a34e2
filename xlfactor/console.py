"""What every command shares: its options, its messages, its JSON, and how an error becomes an exit code."""

import errno
import inspect
import json
import os
import re
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from xlfactor import __version__
from xlfactor.errors import FactorError, FactorWarning

OK, BUG, USAGE, INPUT, FILE, WARNINGS, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
ADDRESS = re.compile(r"![A-Z]{1,3}[0-9]+$")
FILE_CODES = ("FILE_", "ZIP_", "XML_", "SHEET_TOO_LARGE", "CHANGED_DURING_RUN")

FULL = ("FILE_DISK_FULL", "there is no room to write it", "make room and run again")
FORBIDDEN = ("FILE_READ_ONLY", "nothing can be read or written there", "allow it, or choose another file or folder")
FILE_ERRORS = {
    errno.ENOSPC: FULL, errno.EDQUOT: FULL, errno.EACCES: FORBIDDEN, errno.EPERM: FORBIDDEN, errno.EROFS: FORBIDDEN,
}  # fmt: skip

JsonFlag = Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of text.")]
StrictFlag = Annotated[bool, typer.Option("--strict", help="Exit 5 if there are warnings.")]
QuietFlag = Annotated[bool, typer.Option("--quiet", help="Errors only.")]
ColorFlag = Annotated[bool, typer.Option("--no-color", help="Plain text; NO_COLOR does the same.")]
DebugFlag = Annotated[bool, typer.Option("--debug", help="Show the traceback of a bug.")]


@dataclass
class Run:
    """One command's run: what it was asked to say, and what `--json` will say of it."""

    command: str
    json: bool = False
    strict: bool = False
    quiet: bool = False
    no_color: bool = False
    debug: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    checks: list[dict[str, Any]] = field(default_factory=list)
    started: float = field(default_factory=time.perf_counter)
    current: tuple[str, float] = ("", 0.0)  # the stage under way and when it began

    def say(self, text: str) -> None:
        """A line for people on stdout."""
        if not (self.json or self.quiet):
            self._console().print(text, highlight=False, markup=False, soft_wrap=True)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table for people; columns after the first are numbers where they look like it."""
        if self.json or self.quiet:
            return
        from rich.table import Table
        from rich.text import Text

        shown = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
        body = [list(row) for row in rows]
        for k, name in enumerate(columns):
            numeric = k > 0 and all(row[k].lstrip("-")[:1].isdigit() or not row[k] for row in body)
            shown.add_column(name, justify="right" if numeric else "left", overflow="fold")
        for row in body:
            shown.add_row(*map(Text, row))
        self._console().print(shown)

    def stage(self, name: str) -> None:
        """A stage begins; the one that ends gets a line on stderr if it took more than a second."""
        now, (last, began) = time.perf_counter(), self.current
        if last and now - began > 1 and not self.quiet:
            print(f"{last}: {now - began:.1f} s", file=sys.stderr)
        self.current = (name, now)

    def check(
        self, severity: str, code: str, message: str, fix: str = "", where: str = "", count: int = 1,
        sheet: str = "", shown: bool = True,
    ) -> None:  # fmt: skip
        """A finding: collected for --json, shown on stderr. `where` is an address, or a place in words."""
        cell = ""
        if ADDRESS.search(where):
            before, _, cell = where.rpartition("!")
            sheet = sheet or before.strip("'")
        file = Path(str(self.facts.get("file", ""))).name
        told = message if cell or where in ("", sheet, file) else f"{message} ({where})"
        self.checks.append(
            {"code": code, "severity": severity, "sheet": sheet, "cell": cell, "message": told, "fix": fix,
             "count": count}
        )  # fmt: skip
        if shown and not (self.quiet and severity != "error"):
            place = " ".join(filter(None, ["" if Path(where).name == file else file, where]))
            tail = f": {fix}" if fix else ""
            print(printable(f"{severity} {code}{' ' + place if place else ''}: {message}{tail}"), file=sys.stderr)

    def tell(self, text: str) -> None:
        """A line beside the findings, on stderr."""
        if not self.quiet:
            print(printable(text), file=sys.stderr)

    def wrote(self, path: Path) -> None:
        self.facts.setdefault("outputs", []).append(str(path))
        self.say(f"written: {path}")

    def _console(self) -> Any:
        from rich.console import Console

        return Console(no_color=self.no_color or None)


def printable(text: str) -> str:
    """One line without what a terminal would obey, or could not show: a cell may hold anything."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text)


Command = Callable[..., None]
_COMMANDS: list[tuple[str, Command]] = []


def command(function: Command) -> Command:
    """Register a command with the common options; its function takes the Run first."""
    return command_of("")(function)


def command_of(group: str) -> Callable[[Command], Command]:
    """Like `command`, for `xlfactor GROUP COMMAND`."""

    def register(function: Command) -> Command:
        own = list(inspect.signature(function).parameters.values())[1:]
        common = list(inspect.signature(_options).parameters.values())

        def run(**given: Any) -> None:
            options = {p.name: given.pop(p.name) for p in common}
            name = f"{group} {function.__name__}".strip()
            raise typer.Exit(_finish(Run(name, **options), function, given))

        run.__name__, run.__doc__ = function.__name__, function.__doc__
        run.__signature__ = inspect.Signature([*own, *common])  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in [*own, *common]}
        _COMMANDS.append((group, run))
        return function

    return register


def registered() -> list[tuple[str, Command]]:
    """The commands registered so far, each with its group; sorted by both."""
    return sorted(_COMMANDS, key=lambda item: (item[0], item[1].__name__))


def _options(
    json: JsonFlag = False,
    strict: StrictFlag = False,
    quiet: QuietFlag = False,
    no_color: ColorFlag = False,
    debug: DebugFlag = False,
) -> None:
    """The options of every command."""


def _finish(run: Run, function: Command, given: dict[str, Any]) -> int:
    """Run the command; every error is one line and an exit code, a bug's traceback goes to a log file."""
    code = OK
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", FactorWarning)
        try:
            function(run, **given)
            run.stage("")
        except FactorError as error:
            run.check("error", error.code, error.message, error.fix, error.where)
            code = FILE if error.code.startswith(FILE_CODES) else INPUT
        except OSError as error:
            code = _report_file(run, error)
        except KeyboardInterrupt:
            print("interrupted: nothing was written", file=sys.stderr)
            code = INTERRUPTED
        except Exception as error:  # a bug: the user gets one line, its finder the whole story
            code = BUG
            _report_bug(error, run.debug)
    for text in dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, FactorWarning)):
        name, _, message = text.partition(": ")
        run.check("warn", name, message)
    errors = [c["code"] for c in run.checks if c["severity"] == "error"]
    if code == OK and errors:
        code = FILE if all(name.startswith(FILE_CODES) for name in errors) else INPUT
    if code == OK and run.strict and any(c["severity"] == "warn" for c in run.checks):
        code = WARNINGS
    if run.json:
        print(json.dumps(_as_json(run, code)))
    return code


def _report_file(run: Run, error: OSError) -> int:
    """What the system refused, in the words of a file; whatever else it is, it is a bug."""
    told = FILE_ERRORS.get(error.errno or 0)
    if told is None:
        _report_bug(error, run.debug)
        return BUG
    run.check("error", *told, Path(os.fsdecode(error.filename)).name if error.filename else "")
    return FILE


def _as_json(run: Run, code: int) -> dict[str, Any]:
    seconds = round(time.perf_counter() - run.started, 3)
    head = {"schema": 1, "command": run.command, "version": __version__, "ok": code == OK, "exit": code}
    empty: dict[str, Any] = {"file": "", "input_hash": "", "as_of": ""}
    lists: dict[str, Any] = {"formulas": [], "left_to_excel": [], "changed_parts": [], "outputs": []}
    return head | empty | {"checks": run.checks} | lists | run.facts | {"seconds": seconds}


def _report_bug(error: Exception, debug: bool) -> None:
    text = "".join(traceback.format_exception(error))
    with tempfile.NamedTemporaryFile("w", prefix="xlfactor-", suffix=".log", delete=False) as log:
        log.write(text)
    print(f"bug {type(error).__name__}: please report it with {log.name}", file=sys.stderr)
    if debug:
        print(text, file=sys.stderr)
