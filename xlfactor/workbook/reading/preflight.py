"""What a file must prove, by the standard library alone, before any XML reader sees it."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import unquote

from xlfactor.errors import FactorError, clipped, first_five

MB = 1_000_000
SIGNATURES = (
    (b"%PDF", "a PDF"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "a picture"),
    (b"{\\rtf", "an RTF text"),
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
DOCUMENT = "application/vnd.openxmlformats-officedocument.spreadsheetml."
MAIN_TYPES = {
    f"{DOCUMENT}sheet.main+xml": ".xlsx",
    f"{DOCUMENT}template.main+xml": ".xltx",
    "application/vnd.ms-excel.sheet.macroEnabled.main+xml": ".xlsm",
    "application/vnd.ms-excel.template.macroEnabled.main+xml": ".xltm",
    "application/vnd.ms-excel.addin.macroEnabled.main+xml": ".xlam",
}
SAVE_AS = "open it in Excel and save it as Excel Workbook (.xlsx)"
DISTRUST = "do not trust this file; ask its sender for a fresh one"
NOT_ELEMENTS = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
RELATIONSHIP = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
TARGET = re.compile(rb"""\sTarget\s*=\s*(["'])(.*?)\1""")
ROOT = re.compile(rb"<[A-Za-z_:\x80-\xff]")
HEAD = 1 << 20  # a part's root element begins within its first megabyte


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes beyond which a workbook is refused; `ratio` counts above 10 MB unpacked."""

    members: int = 2000
    part: int = 400 * MB
    total: int = 800 * MB
    file: int = 200 * MB
    ratio: float = 200.0


def preflight(path: Path, limits: Limits | None = None) -> None:
    """Refuse what is no sound .xlsx, .xlsm, .xltx or .xltm; reads heads and the zip's directory only.

    FactorError FILE_NOT_FOUND, FILE_EMPTY, FILE_NOT_XLSX, FILE_ENCRYPTED, FILE_CORRUPT, FILE_TOO_LARGE,
    ZIP_BOMB, ZIP_DUPLICATE, ZIP_PATH, XML_ENTITY.
    """
    limits = limits or Limits()
    check_is_zip(path, limits)
    try:
        with zipfile.ZipFile(path) as archive:
            check_members(archive.infolist(), limits)
            check_document(archive, path)
            check_targets(archive)
            for name in archive.namelist():
                if name.lower().endswith((".xml", ".rels", ".vml")):
                    check_declarations(archive, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError) as error:
        if isinstance(error, FactorError):
            raise
        raise FactorError(
            "FILE_CORRUPT", f"the zip inside is damaged ({error})", "fetch the file again", where=path.name
        ) from error


def check_is_zip(path: Path, limits: Limits) -> None:
    if path.is_dir():
        raise not_xlsx(path, "a folder", "name the workbook inside it")
    if not path.exists():
        raise FactorError("FILE_NOT_FOUND", "there is no such file", "check the path", where=str(path))
    size = path.stat().st_size
    if not size:
        raise FactorError("FILE_EMPTY", "the file holds 0 bytes", "fetch the file again", where=path.name)
    if size > limits.file:
        raise too_large(path.name, f"the file has {size // MB} MB")
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith(OLE):
            raise ole_document(path, head + file.read())
    if not head.startswith(b"PK"):
        raise not_xlsx(path, kind_of(head), SAVE_AS)


def ole_document(path: Path, data: bytes) -> FactorError:
    if ENCRYPTED in data:
        return FactorError(
            "FILE_ENCRYPTED",
            "the workbook is encrypted with a password",
            "save it without password to open (sheet protection may stay)",
            where=path.name,
        )
    return not_xlsx(path, "an old binary Office file (.xls)", SAVE_AS)


def kind_of(head: bytes) -> str:
    """What a file that is no zip seems to be, in words."""
    for signature, kind in SIGNATURES:
        if head.startswith(signature):
            return kind
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<table", b"<script")):
        return "a web page (HTML)"
    if start.startswith(b"<?xml"):
        return "a bare XML file"
    if b"\x00" not in head:
        return "a text file, perhaps CSV"
    return "an unknown kind of file"


def not_xlsx(path: Path, kind: str, fix: str) -> FactorError:
    return FactorError("FILE_NOT_XLSX", f"this is {kind}, not an .xlsx workbook", fix, where=path.name)


def too_large(where: str, what: str) -> FactorError:
    return FactorError("ZIP_BOMB", what, "keep big panels in Parquet, or raise the limit", where=where)


def check_members(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    names = [member.orig_filename for member in members]
    if len(names) > limits.members:
        raise too_large("zip directory", f"{len(names)} members inside")
    twice = [name for name, count in Counter(name.casefold() for name in names).items() if count > 1]
    if twice:
        raise FactorError("ZIP_DUPLICATE", f"{first_five(twice)} is inside twice", DISTRUST)
    odd = [n for n in names if n.startswith("/") or ".." in n.split("/") or set(n) & set("\\:\x00")]
    if odd:
        raise FactorError("ZIP_PATH", f"members are named {first_five(odd)}", DISTRUST)
    total = sum(member.file_size for member in members)
    packed = max(sum(member.compress_size for member in members), 1)
    for member in members:
        if member.flag_bits & 1:
            raise FactorError("FILE_ENCRYPTED", f"{member.filename} is encrypted", "save it without password")
        if member.file_size > limits.part:
            raise too_large(member.filename, f"{member.file_size // MB} MB in one part")
    if total > limits.total or (total > 10 * MB and total / packed > limits.ratio):
        raise too_large("zip directory", f"{packed // 1000} kB unpack to {total // MB} MB")


def check_document(archive: zipfile.ZipFile, path: Path) -> None:
    """The main part must be that of a workbook we read, and agree with the file's extension."""
    names = archive.namelist()
    if "mimetype" in names:
        raise not_xlsx(path, "an OpenDocument file", SAVE_AS)
    if "[Content_Types].xml" not in names:
        raise not_xlsx(path, "a zip archive", SAVE_AS)
    types = archive.read("[Content_Types].xml")
    if b"sheet.binary" in types:
        raise not_xlsx(path, "a binary workbook (.xlsb)", SAVE_AS)
    found = [extension for kind, extension in MAIN_TYPES.items() if f'"{kind}"'.encode() in types]
    if not found:
        other = {"word/document.xml", "ppt/presentation.xml"} & set(names)
        kind = "a Word or PowerPoint file" if other else "an Office package without a workbook"
        raise not_xlsx(path, kind, SAVE_AS)
    suffix = path.suffix.lower()
    if suffix.startswith((".xl", ".ods")) and suffix != found[0]:
        raise FactorError(
            "FILE_EXTENSION",
            f"its content is that of a {found[0]} file",
            f"rename it to {found[0]}",
            where=path.name,
        )
    if "xl/workbook.xml" in names and b"purl.oclc.org/ooxml" in head_of(archive, "xl/workbook.xml"):
        raise not_xlsx(path, "a Strict Open XML workbook", SAVE_AS)


def check_targets(archive: zipfile.ZipFile) -> None:
    """Every part that a relationship points to inside the package is there."""
    names = set(archive.namelist())
    for rels in sorted(name for name in names if name.endswith(".rels")):
        folder = posixpath.dirname(posixpath.dirname(rels))
        for element in RELATIONSHIP.findall(archive.read(rels).replace(b"\x00", b"")):
            target = TARGET.search(element)
            if not target or b"External" in element:
                continue
            path = unquote(unescape(target[2].decode("utf-8", "replace"))).partition("#")[0]
            inside = posixpath.normpath(posixpath.join("/", folder, path)).lstrip("/")
            if path and inside not in names and path.split("/").count("..") <= len(folder.split("/")):
                raise FactorError(
                    "FILE_CORRUPT", f"{rels} points to {clipped(path)}, which is not there",
                    "open it in Excel and save it again, or take a backup", where=rels,
                )  # fmt: skip


def head_of(archive: zipfile.ZipFile, name: str) -> bytes:
    """The first megabyte of a part, as ASCII bytes whatever its encoding."""
    with archive.open(name) as part:
        head = part.read(4096)
        if not ROOT.search(head):
            head += part.read(HEAD)
    return head.replace(b"\x00", b"")


def check_declarations(archive: zipfile.ZipFile, name: str) -> None:
    """No part may declare a document type or entities; they stand before its root element."""
    prologue = NOT_ELEMENTS.sub(b"", head_of(archive, name))
    root = ROOT.search(prologue)
    declared = prologue[: root.start()] if root else prologue
    if b"<!" in declared:
        raise FactorError("XML_ENTITY", f"{name} declares a document type", DISTRUST)
