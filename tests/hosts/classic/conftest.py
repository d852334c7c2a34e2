"""One built add-in for all tests here: a build takes seconds."""

import pytest

from xlfactor.hosts.classic.build import build


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The files that `build` wrote, the add-in first."""
    return build(tmp_path_factory.mktemp("addin"))


@pytest.fixture(scope="session")
def folder(made):
    return made[0].parent
