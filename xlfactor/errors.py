"""The one error a user reads, the warning beside it, and the check of an option."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any, get_args

LINE_LENGTH = 200  # what a cell and a hover text show without wrapping badly
LABEL_LENGTH = 40  # of one label inside a line: a cell may hold 32,767 characters
NUMBER = re.compile("[0-9]+")
SLIP = 4  # letters that one slip is allowed for, and that a cut label has at least
PLURAL = {"is": "are", "has": "have"}


class FactorError(ValueError):
    """What is wrong, where, and what to do: one line with a short code.

    `argument` and `cells` (row, column, from 0, inside that argument's block) let a host that knows
    addresses say `Returns!C5`; `where` is what is said without them.
    """

    def __init__(
        self,
        code: str,
        message: str,
        fix: str,
        *,
        where: str = "",
        argument: str = "",
        cells: Iterable[tuple[int, int]] = (),
    ) -> None:
        self.code, self.message, self.fix = code, message, fix
        self.where, self.argument, self.cells = where, argument, tuple(cells)
        super().__init__(self.line)

    @property
    def line(self) -> str:
        """`CODE: message (where): fix`, at most 200 characters; the fix is never cut off."""
        fix = f": {self.fix}" if self.fix else ""
        room = LINE_LENGTH - len(self.code) - 2 - len(fix)
        place = f" ({clipped(self.where, room // 2)})" if self.where else ""
        return " ".join(f"{self.code}: {clipped(self.message, room - len(place))}{place}{fix}".split())

    def at(self, where: str) -> FactorError:
        """The same error at a place that only the caller can name, such as a sheet address."""
        return FactorError(self.code, self.message, self.fix, where=where, argument=self.argument, cells=self.cells)


class FactorWarning(UserWarning):
    """A result stands, but its user should know something; the text begins with a code."""


def clipped(text: object, length: int = LABEL_LENGTH) -> str:
    """A text of at most `length` characters."""
    full = str(text).encode(errors="replace").decode()  # half a letter, which no terminal and no file takes
    return full if len(full) <= length else full[: max(length - 1, 0)] + "…"


def counted(n: int, noun: str) -> str:
    """`1 asset`, `2 assets`."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def subject(argument: str, verb: str) -> str:
    """A table and its verb: `portfolio has`, but `returns have`; most tables are named in the plural."""
    if argument.endswith("s") and argument != "previous":
        verb = PLURAL.get(verb, verb.removesuffix("s"))
    return f"{argument} {verb}"


def first_five(labels: Iterable[object]) -> str:
    """`A, B, C, D, E and 7 more`."""
    names = [clipped(label) for label in labels]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def did_you_mean(given: object, names: Iterable[str], otherwise: str = "") -> str:
    """The one of `names` that was mistyped, as a question, before what to do `otherwise`; or that alone."""
    known = {name.casefold(): name for name in names}
    wanted = str(given).casefold()
    close = difflib.get_close_matches(wanted, known, n=len(known) or 1, cutoff=0.6)
    near = next((name for name in close if mistyped(wanted, name)), None)
    if near is None:
        return otherwise
    question = f"did you mean {known[near]}?"
    return f"{question} Else {otherwise}" if otherwise else question


def mistyped(given: str, name: str) -> bool:
    """A slip of the keyboard or a cut end apart, and every number in them alike: SYN200 is no mistyped SYN120."""
    if [digits.lstrip("0") for digits in NUMBER.findall(given)] != [d.lstrip("0") for d in NUMBER.findall(name)]:
        return False
    return slips(given, name) <= -(-len(given) // SLIP) or (len(given) >= SLIP and name.startswith(given))


def slips(given: str, name: str) -> int:
    """Letters added, left out, replaced or swapped with their neighbour between two texts; blanks do not count."""
    a, b = "".join(given.split()), "".join(name.split())
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        now = [i]
        for j, y in enumerate(b, start=1):
            now.append(min(last[j] + 1, now[-1] + 1, last[j - 1] + (x != y)))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                now[j] = min(now[j], before[j - 2] + 1)
        before, last = last, now
    return last[-1]


def one_of(value: Any, choices: Any, argument: str) -> str:
    """`value` as one of the texts of the Literal `choices`; spelling is forgiven in case and spaces only."""
    names: tuple[str, ...] = get_args(choices)
    text = str(value).strip().casefold()
    for name in names:
        if text == name.casefold():
            return name
    hint = did_you_mean(text, names) or "write one of them"
    raise FactorError(
        "OPTION_UNKNOWN",
        f"{argument} is '{clipped(value)}', not one of {', '.join(names)}",
        hint,
        argument=argument,
    )
