"""Which formula reads which: edges by overlapping areas, what lies downstream, an order, circles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from xlfactor.workbook.addresses import meet
from xlfactor.workbook.formulas.workspace import Key, Rectangle
from xlfactor.workbook.reading.sheet import Position
from xlfactor.workbook.results import Area

Edges = dict[Key, set[Key]]  # a formula and those it reads


def edges(areas: Mapping[Key, Sequence[Area]], reads: Mapping[Key, Sequence[Rectangle]]) -> Edges:
    """The formulas that each formula reads: those whose cells (`areas`) meet what it refers to."""
    single: dict[str, dict[Position, Key]] = defaultdict(dict)
    large: dict[str, list[tuple[Area, Key]]] = defaultdict(list)
    for key, covered in areas.items():
        for area in covered:
            if area[:2] == area[2:]:
                single[key[0]][area[:2]] = key
            else:
                large[key[0]].append((area, key))
    return {
        key: {
            found
            for rectangle in rectangles
            for found in producers(rectangle.area, single[rectangle.sheet], large[rectangle.sheet])
        }
        for key, rectangles in reads.items()
    }


def producers(area: Area, single: Mapping[Position, Key], large: Sequence[tuple[Area, Key]]) -> Iterable[Key]:
    yield from (key for other, key in large if meet(area, other))
    r1, c1, r2, c2 = area
    if (r2 - r1 + 1) * (c2 - c1 + 1) <= len(single):
        cells = ((r, c) for r in range(r1, r2 + 1) for c in range(c1, c2 + 1))
        yield from (single[cell] for cell in cells if cell in single)
    else:
        yield from (key for (r, c), key in single.items() if r1 <= r <= r2 and c1 <= c <= c2)


def downstream(reads: Edges, seeds: Iterable[Key]) -> set[Key]:
    """The seeds and all that read them, directly or not."""
    readers: dict[Key, list[Key]] = defaultdict(list)
    for key, sources in reads.items():
        for source in sources:
            readers[source].append(key)
    reached: set[Key] = set()
    waiting = list(seeds)
    while waiting:
        key = waiting.pop()
        if key not in reached:
            reached.add(key)
            waiting.extend(readers[key])
    return reached


def order(reads: Edges) -> tuple[list[Key], list[list[Key]]]:
    """Formulas, each after those it reads; and circles, whose members keep no order among themselves.

    Sorted first: the same book is evaluated in the same order, whatever the hash seed.
    """
    readers: dict[Key, list[Key]] = defaultdict(list)
    for key in sorted(reads, reverse=True):  # as ready ones are taken from the end
        for source in reads[key]:
            readers[source].append(key)
    waits = {key: len(reads[key]) for key in sorted(reads)}
    ready = [key for key in reversed(waits) if not waits[key]]
    done: dict[Key, None] = {}
    circles: list[list[Key]] = []
    for start in waits:
        while ready or start not in done:
            if ready:
                next_ones = [ready.pop()]
            else:
                next_ones = circle_from(start, reads, done)
                circles.append(next_ones)
            done.update(dict.fromkeys(next_ones))
            for reader in [reader for key in next_ones for reader in readers[key]]:
                waits[reader] -= 1
                if not waits[reader] and reader not in done:
                    ready.append(reader)
    return list(done), circles


def circle_from(start: Key, reads: Edges, done: Mapping[Key, None]) -> list[Key]:
    """Follow what is not done yet, from a formula that waits for ever, until a formula comes again."""
    way: dict[Key, None] = {}
    key = start
    while key not in way:
        way[key] = None
        key = min(source for source in reads[key] if source not in done)
    path = list(way)
    return path[path.index(key) :]
