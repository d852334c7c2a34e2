"""The compose file of the documentation starts a command that exists, and that is not refused."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from xlfactor.cli import app
from xlfactor.hosts.server.settings import Settings, check

COMPOSE = Path(__file__).parents[2] / "docs" / "compose.yaml"


@pytest.fixture(scope="module")
def service():
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]["xlfactor"]


def test_every_option_of_the_compose_file_is_one_of_the_command(service):
    program, command, *options = service["command"]
    assert (program, command) == ("xlfactor", "serve")
    known = CliRunner().invoke(app, ["serve", "--help"], env={"COLUMNS": "200"}).output
    for option in options:
        assert option.split("=")[0] in known


def test_what_it_asks_for_may_be_bound(service, monkeypatch):
    monkeypatch.setenv("XLWINGS_LICENSE_KEY", "nothing here asks xlwings")
    given = dict(option.removeprefix("--").split("=", 1) for option in service["command"][2:])
    url = given["public-url"].replace("${RISK_HOST:?name of this server}", "risk.example.com")
    check(Settings(given["host"], int(given["port"]), token="of 16 characters", public_url=url))
