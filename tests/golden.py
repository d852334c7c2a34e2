"""The published numbers beside the repository (methodology, section 11); absent, their tests skip, and fail in CI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.needs import need

GOLDEN = Path(__file__).parents[2] / "shared" / "golden"

need_golden = need(GOLDEN.exists(), "the golden cases lie beside the repository, not in it")


def case(name: str) -> Any:
    """One case of golden_cases.json."""
    return json.loads((GOLDEN / "golden_cases.json").read_text())[name]
