"""VBA source as a file holds it: the compression of MS-OVBA 2.4.1. Reading it back is oletools' work."""

from __future__ import annotations

import struct

CHUNK = 4096
COMPRESSED, RAW = 0xB000, 0x3000  # a chunk's header, its length less 3 added


def compress(data: bytes) -> bytes:
    """`data` as a compressed container: a signature, then chunks of 4096 bytes, each on its own."""
    chunks = (data[start : start + CHUNK] for start in range(0, len(data), CHUNK))
    return b"\x01" + b"".join(map(compressed_chunk, chunks))


def compressed_chunk(chunk: bytes) -> bytes:
    """Groups of a flag byte and up to eight tokens: a byte as it is, or two bytes that point back."""
    body, flag, position = bytearray(), 0, 0
    tokens = 8
    while position < len(chunk):
        if tokens == 8:
            flag, tokens = len(body), 0
            body.append(0)
        offset, length = longest_match(chunk, position)
        if length:
            body[flag] |= 1 << tokens
            body += struct.pack("<H", (offset - 1) << (16 - offset_bits(position)) | (length - 3))
            position += length
        else:
            body.append(chunk[position])
            position += 1
        tokens += 1
    if len(body) >= CHUNK:  # incompressible: as it is, filled up
        return struct.pack("<H", RAW | (CHUNK - 1)) + chunk.ljust(CHUNK, b"\0")
    return struct.pack("<H", COMPRESSED | (len(body) - 1)) + bytes(body)


def offset_bits(position: int) -> int:
    """How many of a token's 16 bits say how far back it points: as many as `position` needs, at least 4."""
    return max(4, (position - 1).bit_length())


def longest_match(chunk: bytes, position: int) -> tuple[int, int]:
    """(how far back, how long) of the longest earlier text that goes on here; at least 3 bytes, else (0, 0)."""
    bits = offset_bits(position)
    longest = min((0xFFFF >> bits) + 3, len(chunk) - position)
    offset, length = 0, 2
    while length < longest:
        found = chunk.rfind(chunk[position : position + length + 1], 0, position + length)
        if found < 0:
            break
        offset = position - found
        length += 1
        while length < longest and chunk[found + length] == chunk[position + length]:
            length += 1
    return (offset, length) if offset else (0, 0)
