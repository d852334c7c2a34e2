"""The files of the Calc add-in, generated from the catalogue; nothing in them is compiled.

Calc reads the .idl text itself as the type library, shows the texts of the .xcu in the wizard, and calls the component.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

import xlfactor
from xlfactor.functions import catalogue
from xlfactor.functions.registry import Argument, Function
from xlfactor.hosts.libreoffice.packages import Packages

SERVICE = "XLFACTOR"  # formulas are stored as XLFACTOR.FACTOR_RETURNS(…)
COMPONENT = "xlfactor_calc.py"
ROWS = "sequence< sequence< any > >"  # declared `any`, an array result is #VALUE!


def files(packages: Packages) -> dict[str, str]:
    """Path inside the extension -> text; `packages` is where LibreOffice's Python finds numpy and pandas."""
    functions = tuple(catalogue().values())
    return {
        "xlfactor.idl": idl(functions),
        "CalcAddIns.xcu": xcu(functions),
        COMPONENT: component(functions, packages),
        "description.xml": DESCRIPTION.format(version=xlfactor.__version__),
        "META-INF/manifest.xml": MANIFEST,
    }


def idl(functions: Iterable[Function]) -> str:
    """The interface; an argument declared `any` may be left out and takes values and ranges."""
    methods = "\n".join(
        f"  {ROWS} {f.name}({', '.join(f'[in] any {idl_name(a)}' for a in f.arguments)});" for f in functions
    )
    return f"module com {{ module xlfactor {{ module calc {{\ninterface XFunctions {{\n{methods}\n}};\n}}; }}; }};\n"


def idl_name(argument: Argument) -> str:
    """`halfLife` for half_life: IDL refuses the underscore, and with it the whole file, silently."""
    first, *rest = argument.name.split("_")
    return first + "".join(map(str.capitalize, rest))


def xcu(functions: Iterable[Function]) -> str:
    """What the function wizard shows."""
    nodes = "\n".join(map(_function_node, functions))
    return XCU.format(service=SERVICE, nodes=nodes)


def _function_node(function: Function) -> str:
    # The plain name binds when it is typed only if DisplayName and CompatibilityName are both that name.
    parameters = "".join(
        _node(idl_name(a), _text("DisplayName", a.name) + _text("Description", a.help)) for a in function.arguments
    )
    return _node(
        function.name,
        _text("DisplayName", function.name)
        + _text("Description", function.help)
        + '<prop oor:name="Category"><value>Add-In</value></prop>'
        + _text("CompatibilityName", function.name)
        + f'<node oor:name="Parameters">{parameters}</node>',
    )


def _node(name: str, content: str) -> str:
    return f'<node oor:name={quoteattr(name)} oor:op="replace">{content}</node>'


def _text(prop: str, text: str) -> str:
    return f'<prop oor:name="{prop}"><value xml:lang="en-US">{escape(text)}</value></prop>'


def component(functions: Iterable[Function], packages: Packages) -> str:
    """The file that LibreOffice loads. It holds the names, so that registering the extension needs no numpy."""
    names = "".join(f'    "{f.name}",\n' for f in functions)
    folders = "".join(f"    {folder!r},\n" for folder in packages.folders)
    return COMPONENT_TEXT.format(service=SERVICE, names=names, python=packages.python, folders=folders)


XCU = """<?xml version="1.0" encoding="UTF-8"?>
<oor:component-data xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" \
oor:name="CalcAddIns" oor:package="org.openoffice.Office">
<node oor:name="AddInInfo"><node oor:name="{service}" oor:op="replace"><node oor:name="AddInFunctions">
{nodes}
</node></node></node>
</oor:component-data>
"""
COMPONENT_TEXT = """from xlfactor.hosts.libreoffice.component import implementation
from xlfactor.hosts.libreoffice.packages import Packages

PACKAGES = Packages("{python}", (
{folders}))
NAMES = (
{names})
g_ImplementationHelper = implementation("{service}", NAMES, PACKAGES)
"""
DESCRIPTION = """<?xml version="1.0" encoding="UTF-8"?>
<description xmlns="http://openoffice.org/extensions/description/2006" xmlns:xlink="http://www.w3.org/1999/xlink">
 <identifier value="com.xlfactor.calc"/>
 <version value="{version}"/>
 <display-name><name lang="en">xlfactor for Calc</name></display-name>
 <registration>
  <simple-license accept-by="user" default-license-id="BSD-3-Clause" suppress-on-update="true">
   <license-text xlink:href="LICENSE" lang="en" license-id="BSD-3-Clause"/>
  </simple-license>
 </registration>
</description>
"""
MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest">
 <manifest:file-entry manifest:full-path="xlfactor.idl"
  manifest:media-type="application/vnd.sun.star.uno-typelibrary;type=RDB"/>
 <manifest:file-entry manifest:full-path="{COMPONENT}"
  manifest:media-type="application/vnd.sun.star.uno-component;type=Python"/>
 <manifest:file-entry manifest:full-path="CalcAddIns.xcu"
  manifest:media-type="application/vnd.sun.star.configuration-data"/>
</manifest:manifest>
"""
