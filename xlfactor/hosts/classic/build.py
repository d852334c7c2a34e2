"""xlfactor.xlam, its twin .xlsm, the modules as .bas files and the notices that go with them."""

from __future__ import annotations

import importlib.util
import re
import zipfile
from importlib import metadata
from pathlib import Path

from xlfactor import __version__
from xlfactor.errors import FactorError
from xlfactor.functions import catalogue
from xlfactor.hosts.classic import wizard, wrappers
from xlfactor.hosts.classic.notices import notices
from xlfactor.hosts.classic.project import with_modules

NAME = "xlfactor"  # of the add-in and of the VBA project; xlwings finds xlfactor.conf by it
TEMPLATE = "quickstart_addin.xlam"
CREATED = (1980, 1, 1, 0, 0, 0)  # the same add-in from the same versions, byte for byte
ADDIN_TYPE = b"application/vnd.ms-excel.addin.macroEnabled.main+xml"
BOOK_TYPE = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
PROJECT = "xl/vbaProject.bin"
DLL = re.compile(r'Lib "xlwings64-([\w.]+)\.dll"')


def build(folder: Path) -> list[Path]:
    """Write the add-in and what goes with it into `folder`, and return the files.

    FactorError: EXTRA_MISSING, XLWINGS_TEMPLATE, XLWINGS_FAILED, FOLDER_MISSING.
    """
    if not folder.is_dir():
        raise FactorError("FOLDER_MISSING", f"there is no folder {folder}", "make it first")
    modules = {wrappers.MODULE: wrappers.wrappers(), wizard.MODULE: wizard.wizard(catalogue())}
    parts = addin_parts(template(), modules)
    files = [write_zip(folder / f"{NAME}.xlam", parts), write_zip(folder / f"{NAME}.xlsm", as_book(parts))]
    for module, source in modules.items():
        bas = folder / f"{module}.bas"
        text = f'Attribute VB_Name = "{module}"\n{source}'
        bas.write_bytes("\r\n".join([*text.splitlines(), ""]).encode("ascii"))
        files.append(bas)
    licences = folder / f"{NAME}_notices.txt"
    licences.write_text(notices(), encoding="utf-8")
    return [*files, licences]


def template() -> Path:
    """xlwings' own add-in template, in the installed package; looked up without importing xlwings."""
    spec = importlib.util.find_spec("xlwings")
    path = Path(spec.origin).with_name(TEMPLATE) if spec and spec.origin else Path()
    if not path.is_file():
        raise FactorError(
            "XLWINGS_TEMPLATE", f"xlwings brings no {TEMPLATE}", 'python -m pip install "xlfactor[excel]"'
        )
    return path


def addin_parts(source: Path, modules: dict[str, str]) -> dict[str, bytes]:
    """The template's members, with our modules in its project, our names and what it was made from."""
    with zipfile.ZipFile(source) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    versions: list[str] = []

    def named(module: str, text: str) -> str:
        versions.extend(DLL.findall(text)[:1])
        return text.replace('PROJECT_NAME As String = "myaddin"', f'PROJECT_NAME As String = "{NAME}"')

    own = {module: f'Attribute VB_Name = "{module}"\n{text}' for module, text in modules.items()}
    parts[PROJECT] = with_modules(parts[PROJECT], NAME, own, named)
    if versions != [metadata.version("xlwings")]:
        found = ", ".join(versions) or "none"
        raise FactorError(
            "XLWINGS_TEMPLATE", f"xlwings' add-in asks for the DLL of version {found}", "reinstall xlwings"
        )
    made = f"xlfactor {__version__} for xlwings {versions[0]}"  # Excel shows it in its list of add-ins
    parts["docProps/core.xml"] = (
        parts["docProps/core.xml"]
        .replace(b"<dc:title />", f"<dc:title>{NAME}</dc:title>".encode())
        .replace(b"<dc:description />", f"<dc:description>{made}</dc:description>".encode())
    )
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b'"_myaddin.conf"', f'"_{NAME}.conf"'.encode())
    return parts


def as_book(parts: dict[str, bytes]) -> dict[str, bytes]:
    """The same modules in a workbook that can be seen."""
    types, book = "[Content_Types].xml", "xl/workbook.xml"
    return parts | {
        types: parts[types].replace(ADDIN_TYPE, BOOK_TYPE),
        book: parts[book].replace(b' visibility="hidden"', b""),
    }


def write_zip(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, CREATED), content, zipfile.ZIP_DEFLATED)
    return path


def made_for(addin: Path) -> tuple[str, str]:
    """(xlfactor's version, xlwings' version) that an add-in was built from; blank where it does not say."""
    try:
        with zipfile.ZipFile(addin) as archive:
            text = archive.read("docProps/core.xml").decode()
    except (OSError, KeyError, zipfile.BadZipFile):
        return "", ""
    found = re.search(r"xlfactor ([\w.+]+) for xlwings ([\w.]+)", text)
    return (found[1], found[2]) if found else ("", "")
