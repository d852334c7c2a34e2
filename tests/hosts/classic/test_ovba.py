"""MS-OVBA compression: what oletools, an independent reader, makes of it; and the specification's own examples."""

import random

import pytest
from oletools.olevba import decompress_stream

from xlfactor.hosts.classic.ovba import compress


def lines(n):
    return b"".join(b"Function F_%d(a, b)\r\n    F_%d = %d\r\nEnd Function\r\n" % (k, k, k * k) for k in range(n))


@pytest.mark.parametrize(
    "data",
    [b"a", b"aaa", b"a" * 4096, b"a" * 4097, b"abc" * 5000, lines(300), bytes(range(256)) * 40],
    ids=["one", "three", "a chunk", "a chunk and one", "a period", "source", "every byte"],
)
def test_oletools_reads_back_what_was_compressed(data):
    assert bytes(decompress_stream(bytearray(compress(data)))) == data


def test_oletools_reads_back_random_text_of_every_length():
    rng = random.Random(1)
    for length in (*range(1, 70), 4095, 4096, 4097, 8192, 12_345):
        data = bytes(rng.choice(b"abcd \r\n") for _ in range(length))
        assert bytes(decompress_stream(bytearray(compress(data)))) == data


def test_noise_is_kept_as_it_is_in_whole_chunks():
    data = random.Random(2).randbytes(8192)
    packed = compress(data)
    assert bytes(decompress_stream(bytearray(packed))) == data
    assert len(packed) == 1 + 2 * (2 + 4096)


@pytest.mark.parametrize(
    ("data", "packed"),
    [  # MS-OVBA 3.2.1 and 3.2.3
        (b"abcdefghijklmnopqrstuv.", "0119b000 6162636465666768 00 696a6b6c6d6e6f70 00 7172737475762e"),
        (b"a" * 73, "0103b002614500"),
    ],
)
def test_examples_of_the_specification_come_out_byte_for_byte(data, packed):
    assert compress(data) == bytes.fromhex(packed.replace(" ", ""))


def test_its_third_example_comes_out_as_short_with_other_equally_long_matches():
    data = b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"  # MS-OVBA 3.2.2
    assert len(compress(data)) == 51
    assert bytes(decompress_stream(bytearray(compress(data)))) == data
