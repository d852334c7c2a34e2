"""vbaProject.bin with further modules; the source of those that are there stays as it is."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping

from xlfactor.errors import FactorError
from xlfactor.hosts.classic.compound import Storage, compound_file
from xlfactor.hosts.classic.ovba import compress

# Records of the `dir` stream, MS-OVBA 2.3.4.2
PROJECT_NAME, PROJECT_VERSION, MODULE_COUNT, COOKIE, STREAM_NAME, OFFSET, TERMINATOR = 4, 9, 15, 19, 26, 49, 16
SOURCE_ONLY = b"\xcc\x61\xff\xff\x00\x00\x00"  # _VBA_PROJECT without compiled code: the host compiles on load
CODEPAGE = "cp1252"  # of xlwings' template
Edit = Callable[[str, str], str]


def with_modules(
    project: bytes, name: str, modules: Mapping[str, str], edit: Edit = lambda module, text: text
) -> bytes:
    """The project called `name` with more standard modules; `edit(module, source)` may change the others'.

    Raises FactorError EXTRA_MISSING without olefile and oletools.
    """
    read = reader(project)
    directory, streams = new_directory(read, name, modules, edit)
    streams |= {module: packed(text) for module, text in modules.items()}
    storage: Storage = {**streams, "dir": compress(directory), "_VBA_PROJECT": SOURCE_ONLY}
    return compound_file({
        "VBA": storage,
        "PROJECT": project_text(read("PROJECT").decode(CODEPAGE), name, modules).encode(CODEPAGE),
        "PROJECTwm": read("PROJECTwm")[:-2] + b"".join(map(name_map, modules)) + b"\0\0",
    })  # fmt: skip


def reader(project: bytes) -> Callable[..., bytes]:
    try:
        import olefile
    except ImportError:
        raise missing() from None
    file = olefile.OleFileIO(project)
    return lambda *path: bytes(file.openstream(list(path)).read())


def decompressed(data: bytes) -> bytes:
    try:
        from oletools.olevba import decompress_stream
    except ImportError:
        raise missing() from None
    return bytes(decompress_stream(bytearray(data)))


def missing() -> FactorError:
    return FactorError(
        "EXTRA_MISSING", "building the add-in needs olefile and oletools", 'python -m pip install "xlfactor[excel]"'
    )


def records(directory: bytes) -> Iterator[tuple[int, bytes]]:
    """The (id, value) records of a decompressed `dir` stream."""
    position = 0
    while position < len(directory):
        key, size = struct.unpack_from("<HI", directory, position)
        size = 6 if key == PROJECT_VERSION else size  # its length field tells something else
        yield key, directory[position + 6 : position + 6 + size]
        position += 6 + size


def record(key: int, value: bytes) -> bytes:
    return struct.pack("<HI", key, 4 if key == PROJECT_VERSION else len(value)) + value


def new_directory(
    read: Callable[..., bytes], name: str, modules: Mapping[str, str], edit: Edit
) -> tuple[bytes, dict[str, bytes]]:
    """The `dir` stream with the new modules in it, and the old modules' streams without compiled code."""
    out, streams, module = bytearray(), dict[str, bytes](), ""
    for key, value in records(decompressed(read("VBA", "dir"))):
        if key == PROJECT_NAME:
            value = name.encode(CODEPAGE)
        elif key == MODULE_COUNT:
            value = struct.pack("<H", struct.unpack("<H", value)[0] + len(modules))
        elif key == COOKIE:
            value = b"\xff\xff"
        elif key == STREAM_NAME:
            module = value.decode(CODEPAGE)
        elif key == OFFSET:
            source = decompressed(read("VBA", module)[struct.unpack("<I", value)[0] :]).decode(CODEPAGE)
            streams[module] = compress(edit(module, source).encode(CODEPAGE))
            value = b"\0" * 4
        elif key == TERMINATOR:
            out += b"".join(map(module_records, modules))
        out += record(key, value)
    return bytes(out), streams


def module_records(module: str) -> bytes:
    """A standard module in the `dir` stream: names, no help text, source from the first byte, no context."""
    ansi, wide = module.encode(CODEPAGE), module.encode("utf-16-le")
    standard = ((0x1E, b"\0" * 4), (0x2C, b"\xff\xff"), (0x21, b""), (0x2B, b""))
    named = ((0x19, ansi), (0x47, wide), (STREAM_NAME, ansi), (0x32, wide), (0x1C, b""), (0x48, b""))
    return b"".join(record(*pair) for pair in (*named, (OFFSET, b"\0" * 4), *standard))


def project_text(text: str, name: str, modules: Mapping[str, str]) -> str:
    """The PROJECT stream: an INI text with a line a module before the name, and one a window at its end."""
    head, _, tail = text.partition('\r\nName="')
    _, _, tail = tail.partition('"')
    listed = "".join(f"\r\nModule={module}" for module in modules)
    windows = "".join(f"{module}=0, 0, 0, 0, C\r\n" for module in modules)
    return f'{head}{listed}\r\nName="{name}"{tail}'.replace("[Workspace]\r\n", f"[Workspace]\r\n{windows}")


def name_map(module: str) -> bytes:
    """A module in the PROJECTwm stream: its name in the code page and in UTF-16."""
    return module.encode(CODEPAGE) + b"\0" + module.encode("utf-16-le") + b"\0\0"


def packed(source: str) -> bytes:
    return compress("\r\n".join([*source.splitlines(), ""]).encode(CODEPAGE))
