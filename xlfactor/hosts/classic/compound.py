"""A compound file (MS-CFB version 3) from its streams; olefile reads such files but cannot make them."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TypeAlias

Storage: TypeAlias = "dict[str, bytes | Storage]"

SECTOR, MINI, CUTOFF = 512, 64, 4096  # a stream below the cutoff lies in sectors of 64 bytes
END, FREE, OF_THE_TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
STORAGE, STREAM, ROOT = 1, 2, 5
MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")
ENTRY = struct.Struct("<64sHBBIII16sIQQIQ")
HEADER = struct.Struct("<8s16sHHHHH6sIIIIIIIII")
IN_HEADER = 109  # sectors of the allocation table that the header can name: files up to 7 MB


@dataclass
class Entry:
    """One line of the directory; its links are numbers of other lines."""

    name: str
    kind: int
    data: bytes = b""
    left: int = FREE
    right: int = FREE
    child: int = FREE
    start: int = 0
    size: int = 0

    def pack(self) -> bytes:
        name = self.name.encode("utf-16-le")
        links = (self.left, self.right, self.child)
        black = 1
        written = name.ljust(64, b"\0"), len(name) + 2, self.kind, black
        return ENTRY.pack(*written, *links, b"", 0, 0, 0, self.start, self.size)


@dataclass
class Sectors:
    """Sectors of one size and the table that chains them."""

    size: int
    data: bytearray = field(default_factory=bytearray)
    table: list[int] = field(default_factory=list)

    def add(self, content: bytes) -> int:
        """Append content and return its first sector."""
        if not content:
            return END
        first = len(self.table)
        count = -(-len(content) // self.size)
        self.table += [*range(first + 1, first + count), END]
        self.data += content.ljust(count * self.size, b"\0")
        return first


def compound_file(root: Storage) -> bytes:
    """The file of a tree: a dict is a storage, bytes are a stream."""
    entries = [Entry("Root Entry", ROOT)]
    entries[0].child = add_storage(entries, root)
    big, small = Sectors(SECTOR), Sectors(MINI)
    for entry in entries:
        if entry.kind == STREAM:
            entry.size = len(entry.data)
            entry.start = (small if entry.size < CUTOFF else big).add(entry.data)
    entries[0].start, entries[0].size = big.add(bytes(small.data)), len(small.data)
    mini_table = packed_table(small.table)
    mini_start = big.add(mini_table)
    blank = ENTRY.pack(b"", 0, 0, 0, FREE, FREE, FREE, b"", 0, 0, 0, 0, 0)  # no entry
    directory = b"".join(entry.pack() for entry in entries) + blank * (-len(entries) % (SECTOR // ENTRY.size))
    directory_start = big.add(directory)
    table_sectors = sectors_of_table(len(big.table))
    places = [*range(len(big.table), len(big.table) + table_sectors)]
    table = packed_table(big.table + [OF_THE_TABLE] * table_sectors)
    header = HEADER.pack(
        MAGIC, b"", 0x3E, 3, 0xFFFE, 9, 6, b"", 0, table_sectors, directory_start, 0, CUTOFF,
        mini_start, len(mini_table) // SECTOR, END, 0,
    )  # fmt: skip
    places += [FREE] * (IN_HEADER - len(places))
    return header + struct.pack(f"<{IN_HEADER}I", *places) + bytes(big.data) + table


def add_storage(entries: list[Entry], storage: Storage) -> int:
    """Append a storage's entries, and those below, and return the root of their search tree."""
    numbers = []
    for name in sorted(storage, key=lambda name: (len(name), name.upper())):
        content = storage[name]
        numbers.append(len(entries))
        if isinstance(content, bytes):
            entries.append(Entry(name, STREAM, content))
        else:
            entry = Entry(name, STORAGE)
            entries.append(entry)
            entry.child = add_storage(entries, content)
    return balanced(entries, numbers)


def balanced(entries: list[Entry], numbers: list[int]) -> int:
    """Link sorted siblings as a tree: the middle one, to its left the smaller, to its right the greater."""
    if not numbers:
        return FREE
    middle = len(numbers) // 2
    entry = entries[numbers[middle]]
    entry.left = balanced(entries, numbers[:middle])
    entry.right = balanced(entries, numbers[middle + 1 :])
    return numbers[middle]


def packed_table(table: list[int]) -> bytes:
    """An allocation table in whole sectors."""
    full = table + [FREE] * (-len(table) % (SECTOR // 4))
    return struct.pack(f"<{len(full)}I", *full)


def sectors_of_table(sectors: int) -> int:
    """How many sectors the allocation table takes, which lists its own sectors too."""
    count = 1
    while count * (SECTOR // 4) < sectors + count:
        count += 1
    assert count <= IN_HEADER, "a VBA project of more than 7 MB"
    return count
