"""Run by LibreOffice's Python: load a book with macros and say what its Basic finds in it.

    python3 basic_driver.py PROFILE BOOK NAMES   → one JSON object: {"modules": {name: source}, "found": [names]}

A procedure is found if Basic's scanner has come as far as its line. Running one is of no use here: Excel's objects are
not there, and Debian's LibreOffice 7.4 without a screen returns nothing from any macro, broken ones included.
"""

import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.uno import Exception as UnoError


def option(name, value):
    return PropertyValue(Name=name, Value=value)


def connect(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(240):
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except NoConnectException:
            time.sleep(0.25)
    raise SystemExit("soffice did not answer")


def is_found(book, library, procedure):
    module, name = procedure.split(".")
    script = f"vnd.sun.star.script:{library}.{module}.{name}?language=Basic&location=document"
    try:
        return book.getScriptProvider().getScript(script) is not None
    except UnoError:
        return False


def main(profile, path, names):
    pipe = f"xlf{Path(profile).name}"
    command = ["soffice", "--headless", "--norestore", "--nologo", f"-env:UserInstallation={Path(profile).as_uri()}"]
    office = subprocess.Popen([*command, f"--accept=pipe,name={pipe};urp;"], stdout=sys.stderr)
    desktop = connect(pipe)
    try:
        options = (option("Hidden", True), option("MacroExecutionMode", 4))  # always execute, no question
        book = desktop.loadComponentFromURL(Path(path).as_uri(), "_blank", 0, options)
        libraries = book.BasicLibraries
        name = next(n for n in libraries.ElementNames if n != "Standard")
        library = libraries.getByName(name)
        modules = {module: library.getByName(module) for module in library.ElementNames}
        found = [procedure for procedure in names.split() if is_found(book, name, procedure)]
        print(json.dumps({"library": name, "modules": modules, "found": found}))
        book.close(True)
    finally:
        with contextlib.suppress(UnoError):
            desktop.terminate()
        office.wait(30)


if __name__ == "__main__":
    main(*sys.argv[1:])
