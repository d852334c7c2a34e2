"""xlfactor.oxt: the add-in and the package in one file, and LibreOffice's unopkg, which installs it for a user."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from importlib import metadata
from pathlib import Path

import xlfactor
from xlfactor.errors import FactorError
from xlfactor.hosts.libreoffice import addin
from xlfactor.hosts.libreoffice.packages import Packages

IDENTIFIER = "com.xlfactor.calc"
SECONDS = 120  # unopkg registers in a few seconds
PLACES = ("/Applications/LibreOffice.app/Contents/MacOS", r"C:\Program Files\LibreOffice\program")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can hold: the same source gives the same bytes


def write_oxt(path: Path, packages: Packages) -> None:
    """The extension as one file; `packages` is where LibreOffice's Python finds numpy and pandas."""
    package = Path(xlfactor.__file__).parent
    parts = {name: text.encode() for name, text in addin.files(packages).items()}
    parts["LICENSE"] = licence(package).encode()
    for source in package.rglob("*.py"):  # LibreOffice's loader puts the folder pythonpath/ on sys.path
        parts[f"pythonpath/xlfactor/{source.relative_to(package).as_posix()}"] = source.read_bytes()
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as oxt:
            for name, content in sorted(parts.items()):
                info = zipfile.ZipInfo(name, EPOCH)
                info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
                oxt.writestr(info, content)
    except OSError as error:
        raise FactorError("FILE_NOT_WRITTEN", f"{path}: {error.strerror}", "choose another --output") from error


def licence(package: Path) -> str:
    """The text, from the clone or from the installed package."""
    beside = package.parent / "LICENSE"
    if beside.is_file() and (package.parent / "pyproject.toml").is_file():
        return beside.read_text(encoding="utf-8")
    files = metadata.files("xlfactor") or []
    return next(file.read_text(encoding="utf-8") for file in files if file.name == "LICENSE")


def install(oxt: Path) -> None:
    """For the user who runs this; a former version is replaced."""
    _unopkg("add", "--force", "--suppress-license", str(oxt))


def uninstall() -> None:
    _unopkg("remove", IDENTIFIER)


def _unopkg(*arguments: str) -> None:
    program = shutil.which("unopkg", path=os.pathsep.join([os.environ.get("PATH", ""), *PLACES]))
    if program is None:
        raise FactorError(
            "LIBREOFFICE_ABSENT", "LibreOffice's unopkg is not on the PATH",
            "install LibreOffice Calc, or add its folder `program` to the PATH",
        )  # fmt: skip
    # LibreOffice's Python takes its standard library from the first python3 of PATH: never a virtual environment's.
    path = os.pathsep.join([str(Path(program).parent), os.environ.get("PATH", "")])
    try:
        done = subprocess.run(
            [program, *arguments], env={**os.environ, "PATH": path}, timeout=SECONDS,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise FactorError(
            "UNOPKG_FAILED", f"unopkg did not end within {SECONDS} s", "close LibreOffice and try again"
        ) from None
    if done.returncode:
        raise _refusal(done.stdout + done.stderr)


def _refusal(said: str) -> FactorError:
    """unopkg's own words as one line, and what to do."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    reason = next((line for line in lines if line.startswith("ERROR")), lines[0] if lines else "no reason given")
    reason = re.sub(r"^ERROR: (Exception occurred: )?|( at \./\S+)?\.?$", "", reason)  # "… at ./desktop/x.cxx:973"
    if "no such extension" in said:
        fix = "nothing is to be uninstalled"
    elif hasattr(os, "geteuid") and os.geteuid() == 0:  # whatever it says: unopkg works for no root
        fix = "run this as the user who works with LibreOffice, without sudo"
    else:
        fix = "close LibreOffice and try again"
    return FactorError("UNOPKG_FAILED", f"unopkg: {reason}", fix)
