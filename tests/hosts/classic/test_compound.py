"""Compound files, as olefile reads them."""

import random

import olefile
import pytest

from xlfactor.hosts.classic.compound import compound_file


def read(data):
    with olefile.OleFileIO(data, raise_defects=olefile.DEFECT_UNSURE) as file:
        return {"/".join(path): file.openstream(path).read() for path in file.listdir()}


@pytest.mark.parametrize("sizes", [(0,), (1, 63, 64, 65), (4095, 4096, 4097), (100_000, 5, 0), (1_000_000, 300)])
def test_olefile_reads_every_stream_back(sizes):
    rng = random.Random(3)
    streams = {f"stream {k}": rng.randbytes(size) for k, size in enumerate(sizes)}
    assert read(compound_file(dict(streams))) == streams


def test_storages_hold_storages_and_names_sort_by_length_first():
    tree = {"VBA": {"dir": b"d", "ThisWorkbook": b"t", "_VBA_PROJECT": b"p", "Inner": {"x": b"1"}}, "PROJECT": b"q"}
    assert read(compound_file(tree)) == {
        "VBA/dir": b"d", "VBA/ThisWorkbook": b"t", "VBA/_VBA_PROJECT": b"p", "VBA/Inner/x": b"1", "PROJECT": b"q",
    }  # fmt: skip


def test_every_name_is_found_by_search_whatever_its_case():
    names = [f"Module{k}" for k in range(40)]
    with olefile.OleFileIO(compound_file({"VBA": {name: name.encode() for name in names}})) as file:
        assert all(file.openstream(["VBA", name.upper()]).read() == name.encode() for name in names)
