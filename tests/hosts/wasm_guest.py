"""Runs inside a WebAssembly Python: calls from /w/calls.json through xlwings' own dispatch, replies to standard output.

Neither the tests nor any of our test tools are there: only the catalogue, xlwings and what the interpreter brings.
"""

import json
import os
import sys
import traceback

os.environ.update(XLWINGS_ON_SERVER="true", XLWINGS_LICENSE_KEY="noncommercial")
import xlwings
from xlwings.server import custom_functions_call

from xlfactor.hosts import excel


def finished(coroutine):
    """asyncio.run opens sockets, and there are none; a call that starts no thread never waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise RuntimeError("the call waits for something")


def reply(request):
    try:
        return finished(custom_functions_call(request, excel))
    except xlwings.XlwingsError as error:
        return str(error)
    except BaseException:
        return traceback.format_exc()


with open("/w/calls.json") as calls:
    requests = json.load(calls)
answers = {
    "python": sys.version.split()[0], "platform": sys.platform, "bits": sys.maxsize.bit_length() + 1,
    "versions": {name: sys.modules[name].__version__ for name in ("numpy", "pandas", "scipy", "xlwings")},
    "threads": excel.THREADS, "replies": [reply(request) for request in requests],
}  # fmt: skip
print(json.dumps(answers, allow_nan=False))
