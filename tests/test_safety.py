"""docs/safety.md names real tests; and the promise that has no other test: the morning's work needs no network."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROOF = re.compile(r"^- (.*\.py`.*)$", re.MULTILINE)
PROOFS = PROOF.findall((ROOT / "docs" / "safety.md").read_text(encoding="utf-8"))
OFFLINE = """
import socket, sys
def forbidden(*given, **named): raise AssertionError(f"a connection: {given}")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = forbidden
sys.argv = ["xlfactor", "demo", "desk"]
from xlfactor.cli import main
main()
"""


@pytest.mark.parametrize("proof", PROOFS)
def test_every_proof_that_the_page_names_is_there(proof):
    for name in re.findall(r"`([\w/]+\.py)`", proof):
        tests = (ROOT / "tests" / name).read_text(encoding="utf-8")
        for test in re.findall(r"\btest_\w+\b(?!\.py)", proof):
            assert f"def {test}(" in tests, f"{name} has no {test}"


def test_the_whole_morning_needs_no_connection(tmp_path):
    done = subprocess.run([sys.executable, "-c", OFFLINE], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "desk" / "factor_risk_report.xlsx").is_file()
