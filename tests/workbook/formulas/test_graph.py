"""Edges by overlapping areas, an order, and circles."""

from hypothesis import given
from hypothesis import strategies as st

from xlfactor.workbook.formulas.graph import downstream, edges, order
from xlfactor.workbook.formulas.workspace import Rectangle


def key(n):
    return ("S", (n, 1))


def reads_of(pairs, size=8):
    reads = {key(n): set() for n in range(size)}
    for a, b in pairs:
        reads[key(a)].add(key(b))
    return reads


def test_an_edge_is_an_overlap_on_the_same_sheet():
    areas = {("A", (1, 1)): [(1, 1, 3, 2)], ("A", (9, 9)): [(9, 9, 9, 9)], ("B", (1, 1)): [(1, 1, 1, 1)]}
    reads = {
        ("A", (9, 9)): [Rectangle("A", (3, 2, 5, 5))],
        ("B", (1, 1)): [Rectangle("A", (1, 3, 1048576, 16384)), Rectangle("B", (2, 1, 9, 1))],
    }
    assert edges(areas, reads) == {("A", (9, 9)): {("A", (1, 1))}, ("B", (1, 1)): {("A", (9, 9))}}


def test_downstream_is_whoever_reads_directly_or_not():
    assert downstream(reads_of([(1, 0), (2, 1), (3, 2), (5, 4)]), [key(1)]) == {key(1), key(2), key(3)}


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_every_formula_comes_once_and_after_what_it_reads_unless_in_a_circle(pairs):
    reads = reads_of(pairs)
    sequence, circles = order(reads)
    assert sorted(sequence) == sorted(reads)
    in_circle = {member for circle in circles for member in circle}
    for circle in circles:
        for a, b in zip(circle, [*circle[1:], circle[0]], strict=True):
            assert b in reads[a]
    for reader, sources in reads.items():
        if reader not in in_circle:
            assert all(sequence.index(source) < sequence.index(reader) for source in sources)


def test_thousands_of_circles_are_named_without_delay():
    n = 5000
    reads = {key(i): {key(i)} for i in range(n)}
    assert len(order(reads)[1]) == n
