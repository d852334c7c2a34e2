"""The table of one benchmark, printed row by row as it is measured."""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks.limits import Limits

COLUMNS = "{:<44} {:>11} {:>11} {:>8} {:>8} {:>7}  {}"


@dataclass
class Report:
    name: str
    limits: Limits
    rows: list[dict[str, object]] = field(default_factory=list)

    def row(
        self,
        case: str,
        ours: float,
        peer: float | None = None,
        *,
        ratio: float | None = None,
        target: str = "",
        floor: float | None = None,
        unit: str = "s",
        note: str = "",
    ) -> None:
        """One measurement. ratio: peer/ours unless given (pairs have their own); target: the words of the aim, such as
        "≥ 4" or "≤ 8 ms"; floor: seconds below which this machine cannot get (`limits.floor`), shown as its share."""
        if not self.rows:
            print(f"== {self.name}")
            print(COLUMNS.format("case", "ours", "peer", "ratio", "target", "floor", ""))
        if ratio is None and peer is not None:
            ratio = peer / ours
        self.rows.append({"case": case, "ours": ours, "peer": peer, "ratio": ratio, "target": target, "floor": floor})
        cells = (
            case, f"{ours:.4g} {unit}", "" if peer is None else f"{peer:.4g} {unit}",
            "" if ratio is None else f"{ratio:.1f}", target, "" if floor is None else f"{floor / ours:.0%}", note,
        )  # fmt: skip
        print(COLUMNS.format(*cells), flush=True)
