"""What the server's log says of a bug: where it is, never what a cell says."""

import logging
import sys

from xlfactor.hosts.server.logs import Frames


def broken(label):
    raise KeyError(label)


def test_a_bug_is_logged_with_its_place_and_without_its_text():
    try:
        broken("SECRET")
    except KeyError:
        record = logging.LogRecord("xlfactor", logging.ERROR, "", 0, "%s", ("FACTOR_RETURNS",), sys.exc_info())
    text = Frames("%(levelname)s %(message)s").format(record)
    assert text.startswith("ERROR FACTOR_RETURNS\n")
    assert "test_server_logs.py" in text
    assert "in broken" in text
    assert text.endswith("KeyError")
    assert "SECRET" not in text.replace('broken("SECRET")', "")
