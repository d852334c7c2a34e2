"""The licences of what xlfactor.xlam is made of: they go with every copy of it."""

from __future__ import annotations

from importlib import metadata

HEAD = """\
xlfactor.xlam is made of xlwings' add-in template and VBA generator, the VBA class Dictionary inside that
template, and the functions of xlfactor. Their licences follow.
"""
DICTIONARY = """\
The MIT License (MIT)

Copyright (c) Tim Hall

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to
permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def notices() -> str:
    """The text file beside the add-in: xlwings' licence as its package has it, VBA-Dictionary's, and ours."""
    parts = {
        "xlwings": licence_of("xlwings") or "BSD 3-Clause, Copyright (C) 2014-present, Zoomer Analytics LLC.\n",
        "VBA-Dictionary 1.4.0": DICTIONARY,
        "xlfactor": licence_of("xlfactor") or "BSD 3-Clause, the xlfactor developers.\n",
    }
    return HEAD + "".join(f"\n{'-' * len(name)}\n{name}\n{'-' * len(name)}\n\n{text}" for name, text in parts.items())


def licence_of(package: str) -> str:
    """The licence file that an installed package carries, or an empty text."""
    try:
        files = metadata.files(package) or []
    except metadata.PackageNotFoundError:
        return ""
    found = [file for file in files if file.name in ("LICENSE", "LICENSE.txt")]
    return found[0].read_text() if found else ""
