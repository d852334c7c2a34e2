// node pyodide_guest.mjs PYODIDE ROOT: xlfactor in Pyodide itself, as far as that goes without numpy; one line of JSON.
import { pathToFileURL } from "node:url";

const [pyodide, root] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${pyodide}/` });
python.FS.mkdir("/w");
python.mountNodeFS("/w", root);
python.globals.set("cells", [[1, null, "a", true], ["", null, 2.5, "x"]]); // null: how JavaScript has a blank cell
console.log(python.runPython(`
import json, pathlib, sys
sys.dont_write_bytecode = True
sys.path.insert(0, "/w")
for source in pathlib.Path("/w/xlfactor").rglob("*.py"):
    compile(source.read_text(), str(source), "exec")
import xlfactor.errors
from xlfactor.hosts.levels import from_office
from xlfactor.hosts.lite import FILES
given = cells.to_py()
json.dumps({
    "platform": sys.platform, "python": sys.version_info[:2], "version": xlfactor.__version__,
    "blank": type(given[0][1]).__name__, "levelled": from_office(given), "files": sorted(FILES),
    "scientific": sorted({"numpy", "pandas", "scipy"} & set(sys.modules)),
})
`));
