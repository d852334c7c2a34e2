"""A page of docs/ as its reader follows it: the blocks in their order, run in one folder, the output compared.

A ```console block shows commands behind `$ ` (continued behind `> `) and what they print; `...` stands for anything.
A ```python block of `>>>` lines is a doctest; one without is run as it stands. Other blocks are only read.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Command:
    text: str
    shown: str  # the output on the page; blank: not compared


def section(page: str, heading: str) -> str:
    """The text below `heading`, up to the next heading of its level."""
    level = heading.split(" ", 1)[0]
    _, _, rest = page.partition(f"\n{heading}\n")
    assert rest, f"the page has no '{heading}'"
    return re.split(rf"^{level} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """(language, text) of each fenced block."""
    for found in FENCE.finditer(page):
        yield found[1], found[2]


def commands(block: str) -> list[Command]:
    """The commands of a console block, each with the output that stands below it."""
    found: list[Command] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:], ""))
        elif line.startswith("> ") and not found[-1].shown:
            found[-1] = Command(f"{found[-1].text}\n{line[2:]}", "")
        else:
            found[-1] = Command(found[-1].text, f"{found[-1].shown}{line}\n")
    return found


def run(given: list[Command], folder: Path, environment: Mapping[str, str]) -> None:
    """The commands in one shell, as typed: every one succeeds, prints what the page shows and leaves what it names."""
    logs = folder.with_name(f"{folder.name}_logs")
    logs.mkdir(exist_ok=True)
    script = ["set +e", f"cd {shlex.quote(str(folder))}"]
    for i, command in enumerate(given):
        log = shlex.quote(str(logs / str(i)))
        script.append(f"{{ {command.text}\n}} >{log} 2>&1 </dev/null || {{ echo $? >{log}.failed; exit; }}")
    subprocess.run(["bash", "-c", "\n".join(script)], env=dict(environment), check=True)
    for i, command in enumerate(given):
        said = (logs / str(i)).read_text() if (logs / str(i)).exists() else "never run"
        assert not (logs / f"{i}.failed").exists(), f"$ {command.text}\n{said}"
        assert not command.shown or matches(command.shown, said), f"$ {command.text}\n{said}\nshown:\n{command.shown}"
        for written in re.findall(r"^written: (\S+?)(?: ·|$)", command.shown, re.MULTILINE):
            assert "..." in written or (folder / written).exists(), f"$ {command.text} did not leave {written}"


def matches(shown: str, said: str) -> bool:
    """A line `...` stands for any number of lines, none too."""
    lines = re.sub(r"^\.\.\.\n", "...", shown, flags=re.MULTILINE)
    return doctest.OutputChecker().check_output(re.sub(r"\n\.\.\.", "...", lines), said, LENIENT)


def run_python(block: str, names: dict[str, object], place: str) -> None:
    """A block of Python in `names`, which the blocks of a page share."""
    if ">>>" not in block:
        exec(compile(block, place, "exec"), names)
        return
    said: list[str] = []
    test = doctest.DocTestParser().get_doctest(block, names, place, place, 0)
    runner = doctest.DocTestRunner(optionflags=LENIENT)
    runner.run(test, out=said.append, clear_globs=False)
    names |= test.globs
    assert not runner.failures, "".join(said)


def environment(**extra: str) -> dict[str, str]:
    """What a terminal of a user brings, without colours and without a licence key."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XLWINGS_", "PYTHON"))}
    return kept | {"NO_COLOR": "1", "COLUMNS": "100", "PYTHONUTF8": "1"} | extra
