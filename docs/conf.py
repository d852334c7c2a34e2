"""The documentation as a site, without network: `python -m sphinx -W -n -b html docs OUT`; makes the function pages."""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import xlfactor
from docs.function_pages import write_pages

project, author = "xlfactor", "the xlfactor developers"
copyright = author
release = version = xlfactor.__version__
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["templates"]
html_theme = "furo"
html_title = "xlfactor"
html_static_path = ["_static"]
html_css_files = ["xlfactor.css"]
html_copy_source = html_show_sphinx = False
smartquotes = False  # B'WB is no apostrophe

with tempfile.TemporaryDirectory() as models:
    os.environ["XLFACTOR_MODELS"] = models  # where the examples of the MODEL_ functions keep their file
    write_pages(Path(__file__).parent / "functions")
