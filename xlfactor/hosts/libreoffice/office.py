"""One headless soffice, started, driven and ended over UNO: recalculates workbooks, reads their cells, saves them.

    /usr/bin/python3 office.py PROFILE

runs in the Python that has `uno`, hence the standard library only. PROFILE is where the add-in is installed, or will be
created. The first line written is {"soffice": process id}; then each line read is a request, answered by a line:

    {"source": "in.xlsx", "targets": ["out.xlsx", "out.pdf"], "only": ["Risk"]}

recalculates one workbook and saves it to the targets (a PDF of the sheets in `only`, or of all): {"sheets": {"Risk":
[["Date", 0.1], …]}}, rows from A1 on;

    {"typed": ["=FACTOR_RETURNS(A1)"]}

types formulas by hand into a new book: {"shown": ["…"]};

    {"wizard": ["FACTOR_RETURNS"]}

gives what the function wizard says of each: {"wizard": {"FACTOR_RETURNS": {"description": …, "arguments": …}}}.
A request that fails is answered by {"error": "…"}. The end of the input ends soffice.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

RESTART = 81  # the first start of a profile, or new extensions: soffice.bin asks to be started again
START_SECONDS, WORKBOOK_SECONDS, END_SECONDS = 90, 180, 15
FILTERS = {".xlsx": "Calc MS Excel 2007 XML", ".pdf": "calc_pdf_Export"}
Cell = float | str | None


def main(profile: str) -> None:
    process, context = start(profile)
    desktop = service(context, "com.sun.star.frame.Desktop")
    try:
        say({"soffice": process.pid})
        for line in sys.stdin:
            with within(WORKBOOK_SECONDS, process):
                say(reply(context, desktop, json.loads(line)))
    finally:
        with within(END_SECONDS, process), contextlib.suppress(Exception):  # the connection may be gone already
            desktop.terminate()
            process.wait()


def say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


def start(profile: str) -> tuple[subprocess.Popen[bytes], Any]:
    """The process of soffice itself and its component context."""
    pipe = f"xlfactor{os.getpid()}"
    command = [
        # soffice is a launcher: its process id is not that of the process to end
        str(Path(os.path.realpath(shutil.which("soffice") or "soffice")).with_name("soffice.bin")),
        *("--headless", "--invisible", "--norestore", "--nologo", "--nodefault"),
        f"--accept=pipe,name={pipe};urp;",
        f"-env:UserInstallation={url(profile)}",
    ]
    environment = {
        **os.environ,
        # LibreOffice's Python takes its standard library from the first python3 of PATH: never a virtual environment's
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "PYTHONPATH": "",  # as for a user: the add-in knows where its packages are
        "OPENBLAS_NUM_THREADS": "1",
        "LC_ALL": "C.UTF-8",
    }
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    end = time.monotonic() + START_SECONDS
    process = launch(command, environment)
    while True:
        try:
            return process, resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            code = process.poll()
            if code == RESTART:
                process = launch(command, environment)
            elif code is not None or time.monotonic() > end:
                process.kill()
                raise SystemExit(f"soffice did not start (exit code {code})") from None
            time.sleep(0.05)


def launch(command: Sequence[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    # Standard output is this driver's answers; soffice and the add-in speak on standard error.
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, stderr=sys.stderr)


@contextlib.contextmanager
def within(seconds: float, process: subprocess.Popen[bytes]) -> Iterator[None]:
    """A hard limit: soffice is killed, and what waits for it fails."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def service(context: Any, name: str) -> Any:
    return context.ServiceManager.createInstanceWithContext(name, context)


def reply(context: Any, desktop: Any, request: dict[str, Any]) -> dict[str, Any]:
    began = time.monotonic()
    try:
        if "typed" in request:
            return {"shown": typed(desktop, request["typed"])}
        if "wizard" in request:
            return {"wizard": wizard(context, request["wizard"])}
        return {"sheets": recalculate(desktop, **request)}
    except Exception as error:  # UNO's exceptions too; the next workbook may well work
        seconds = time.monotonic() - began
        return {"error": f"{type(error).__name__} after {seconds:.0f} of at most {WORKBOOK_SECONDS} s: {error}"}


def recalculate(
    desktop: Any, source: str, targets: Sequence[str] = (), only: Sequence[str] = ()
) -> dict[str, list[list[Cell]]]:
    """Every formula computed anew; the values of all sheets, saved to `targets` too."""
    document = desktop.loadComponentFromURL(url(source), "_blank", 0, (option("Hidden", True),))
    if document is None:
        raise OSError(f"LibreOffice cannot open {source}")
    try:
        document.calculateAll()
        sheets = [document.Sheets.getByIndex(k) for k in range(document.Sheets.Count)]
        values = {sheet.Name: rows(sheet) for sheet in sheets}
        if only:
            for sheet in sheets:
                sheet.IsVisible = sheet.Name in only
        for target in targets:
            document.storeToURL(url(target), (option("FilterName", FILTERS[Path(target).suffix]),))
        return values
    finally:
        document.close(True)


def rows(sheet: Any) -> list[list[Cell]]:
    """Cells from A1 to the last used one: numbers (dates and TRUE too), texts, errors as their text, None for blank."""
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    last = cursor.RangeAddress
    block = sheet.getCellRangeByPosition(0, 0, last.EndColumn, last.EndRow).getDataArray()
    return [
        # getDataArray leaves an error empty
        [sheet.getCellByPosition(j, i).String if v is None else (None if v == "" else v) for j, v in enumerate(row)]
        for i, row in enumerate(block)
    ]


def typed(desktop: Any, formulas: Sequence[str]) -> list[Cell]:
    """What a new sheet shows for formulas typed into column A; FormulaLocal is what the keyboard enters."""
    document = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, (option("Hidden", True),))
    try:
        sheet = document.Sheets.getByIndex(0)
        for i, formula in enumerate(formulas):
            sheet.getCellByPosition(0, i).FormulaLocal = formula
        return [row[0] for row in rows(sheet)]
    finally:
        document.close(True)


def wizard(context: Any, names: Sequence[str]) -> dict[str, Any]:
    """By the name that is shown: category, description, and of each argument name, description and whether optional."""
    known = service(context, "com.sun.star.sheet.FunctionDescriptions")
    found: dict[str, Any] = {}
    for k in range(known.Count):
        entry = {p.Name: p.Value for p in known.getByIndex(k)}
        if entry["Name"] in names:
            arguments = [[a.Name, a.Description, a.IsOptional] for a in entry["Arguments"] or ()]
            found[entry["Name"]] = {
                "category": entry["Category"], "description": entry["Description"], "arguments": arguments,
            }  # fmt: skip
    return found


def option(name: str, value: object) -> Any:
    entry = PropertyValue()
    entry.Name, entry.Value = name, value
    return entry


def url(path: str) -> str:
    return Path(path).absolute().as_uri()


if __name__ == "__main__":
    main(*sys.argv[1:])
