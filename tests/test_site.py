"""The documentation as a site: built without a warning, whole in itself, every link of it leads somewhere."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html

from tests.needs import require
from xlfactor.functions import catalogue

ROOT = Path(__file__).parents[1]
MISSING = [name for name in ("sphinx", "myst_parser", "furo") if importlib.util.find_spec(name) is None]
LOADED = ("//link[@rel='stylesheet' or @rel='preload' or contains(@rel, 'icon')]/@href", "//script/@src", "//img/@src")
REMOTE = re.compile(r"(?:url\(|@import)\s*['\"]?\s*(?:https?:)?//", re.I)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    require(not MISSING, f"the documentation is built by {', '.join(MISSING)} (extra docs)")
    out = tmp_path_factory.mktemp("site").resolve()
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-n", "-b", "html"]
    doctrees = out.parent / f"{out.name}-doctrees"
    done = subprocess.run(
        [*command, "-d", doctrees, "docs", out], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def trees(site):
    return {path: html.parse(path).getroot() for path in site.rglob("*.html")}


def test_every_relative_link_and_anchor_leads_somewhere(site, trees):
    anchors = {path: {*tree.xpath("//@id"), *tree.xpath("//a/@name")} for path, tree in trees.items()}
    broken = []
    for path, tree in trees.items():
        for link in {*tree.xpath("//a/@href"), *tree.xpath("//img/@src"), *tree.xpath("//link/@href")}:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = target.is_file() and target.is_relative_to(site)
            if not known or (parts.fragment and target in anchors and unquote(parts.fragment) not in anchors[target]):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert len(trees) > len(catalogue())
    assert not broken


def test_a_page_loads_nothing_from_another_machine(site, trees):
    remote = []
    for path, tree in trees.items():
        loaded = [link for query in LOADED for link in tree.xpath(query)]
        remote += [f"{path.name}: {link}" for link in loaded if urlsplit(link).netloc]
        remote += [f"{path.name}: style" for text in tree.xpath("//style/text() | //@style") if REMOTE.search(text)]
    remote += [path.name for path in site.rglob("*.css") if REMOTE.search(path.read_text("utf-8"))]
    assert not remote


def test_every_function_has_its_page_and_the_index_of_functions_leads_to_it(site, trees):
    functions = site / "functions"
    linked = set(trees[functions / "index.html"].xpath("//a/@href"))
    assert {f"{name}.html" for name in catalogue()} <= linked


def test_every_page_is_reached_from_the_first(site, trees):
    reached, waiting = set(), [site / "index.html"]
    while waiting:
        path = waiting.pop()
        if path in reached or path not in trees:
            continue
        reached.add(path)
        waiting += [(path.parent / unquote(urlsplit(link).path)).resolve() for link in trees[path].xpath("//a/@href")]
    assert not {path.name for path in set(trees) - reached} - {"search.html", "genindex.html"}


def test_no_page_shows_a_path_of_the_machine_that_built_it(site, trees):
    assert not [path.name for path in trees if str(ROOT) in path.read_text("utf-8")]


def test_no_line_of_a_page_is_lost_as_a_comment():
    lost = [
        f"{page.name}: {line}"
        for page in [*(ROOT / "docs").rglob("*.md"), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.lstrip().startswith("%")
    ]
    assert not lost, "a line that begins with a percent sign is a comment of the site: break it elsewhere"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md"])
def test_every_link_of_a_page_beside_the_site_leads_to_a_file_and_a_heading(page):
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", (ROOT / page).read_text(encoding="utf-8")):
        parts = urlsplit(link)
        target = (ROOT / page).parent / parts.path
        headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.M) if parts.fragment else []
        known = [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]
        if not target.is_file() or (parts.fragment and parts.fragment not in known):
            broken.append(link)
    assert not broken
