"""`xlfactor serve` as its user starts it, in a process of its own, and calls as the task pane sends them."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.hosts.office import to_excel

ROOT = Path(__file__).parents[2]
CALL = "/xlwings/custom-functions-call"


@dataclass
class Served:
    process: subprocess.Popen[str]
    port: int
    log_file: Path
    lines: list[str]  # of stdout until it listened

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def log(self) -> str:
        return self.log_file.read_text()

    def get(self, path: str) -> tuple[int, str]:
        return self.send("GET", path)[:2]

    def send(
        self, method: str, path: str, body: bytes | Iterator[bytes] = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, str, dict[str, str]]:
        """Pieces instead of one body are sent without a length."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body or None, headers or {})
            reply = connection.getresponse()
            return reply.status, reply.read().decode(), {k.lower(): v for k, v in reply.getheaders()}
        finally:
            connection.close()

    def call(self, body: bytes, **headers: str) -> tuple[int, str]:
        return self.send("POST", CALL, body, {"Content-Type": "application/json", **headers})[:2]

    def formula(self, name: str, *cells: Any) -> tuple[int, str]:
        return self.call(request(name, *map(to_excel, cells)))

    def memory(self) -> int:
        """Resident bytes of the web process and its workers."""
        own = psutil.Process(self.process.pid)
        return sum(one.memory_info().rss for one in [own, *own.children(recursive=True)])


def request(name: str, *excel: Any) -> bytes:
    """What the page posts; `excel` as Excel sends arguments."""
    return json.dumps(
        {
            "client": "Office.js", "func_name": name, "args": list(excel), "caller_address": "[Book1]Sheet1!A1",
            "version": "0", "runtime": "1.4", "culture_info_name": "en-US", "date_format": "m/d/yyyy",
        }
    ).encode()  # fmt: skip


@contextmanager
def served(folder: Path, *options: str, **environment: str) -> Iterator[Served]:
    """A server on a free port; whatever it says on stderr is in `log()`."""
    log = folder / "server.log"
    command = [sys.executable, "-u", "-m", "xlfactor.cli", "serve", "--port", "0", *options]
    with log.open("w") as stderr:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | environment,
        )  # fmt: skip
        try:
            lines = _lines_until_it_listens(process)
            assert process.poll() is None, log.read_text()
            yield Served(process, int(lines[-1].split(",")[0].rpartition(":")[2]), log, lines)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
            assert process.stdout is not None
            process.stdout.close()


def _lines_until_it_listens(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.strip())
        if lines[-1].startswith("listening"):
            break
    return lines
