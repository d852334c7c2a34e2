"""What `xlfactor serve` refuses before it opens a port, and the project that it writes for xlwings Server."""

import os
import socket
import ssl
import subprocess
import sys
import urllib.request
import uuid
import xml.etree.ElementTree as ET

import psutil
import pytest

from tests.hosts.served import CALL, ROOT, request, served
from tests.needs import need, need_licence
from xlfactor.errors import FactorError
from xlfactor.functions import catalogue
from xlfactor.hosts.server.pane import IN_TEMPLATE, example, pane
from xlfactor.hosts.server.project import environment, write
from xlfactor.hosts.server.settings import Settings, check, read_token
from xlfactor.workbook.template.layout import BLOCKS, TABLES

TOKEN = "a-token-of-the-tests-0123456789"
need_openssl = need(
    subprocess.run(["which", "openssl"], capture_output=True).returncode == 0, "openssl is not on the PATH"
)


@pytest.fixture(autouse=True)
def _licence(monkeypatch):
    monkeypatch.setenv("XLWINGS_LICENSE_KEY", os.environ.get("XLWINGS_LICENSE_KEY", "nothing here asks xlwings"))
    monkeypatch.delenv("XLWINGS_AUTH_PROVIDERS", raising=False)


def refused(**settings):
    with pytest.raises(FactorError) as caught:
        check(Settings(**settings))
    return caught.value.line


def test_another_address_than_loopback_needs_a_login_and_tls(tmp_path):
    cert = key = tmp_path / "pem"
    cert.write_text("")
    both = "give --token-file and TLS (--tls-cert and --tls-key, or --public-url https://…), or listen on 127.0.0.1"
    for some in ({}, {"token": TOKEN}, {"tls_cert": cert, "tls_key": key}, {"public_url": "https://risk.example.com"}):
        assert refused(host="0.0.0.0", **some) == f"BIND_REFUSED: 0.0.0.0 can be reached by other machines: {both}"
        assert refused(host="risk", **some).startswith("BIND_REFUSED")
    assert refused(host="0.0.0.0", token=TOKEN, tls_cert=cert, tls_key=key) == (
        f"TLS_FILES: {cert.name} and {key.name} are no certificate and its key: give PEM files"
    )
    check(Settings("::", token=TOKEN, public_url="https://risk.example.com:8443"))
    for loopback in ("127.0.0.1", "127.0.0.2", "::1", "localhost"):
        check(Settings(loopback))


def test_a_login_provider_of_xlwings_server_counts_as_login(monkeypatch):
    monkeypatch.setenv("XLWINGS_AUTH_PROVIDERS", '["entraid"]')
    check(Settings("0.0.0.0", public_url="https://risk.example.com"))
    monkeypatch.setenv("XLWINGS_AUTH_PROVIDERS", "[]")
    assert refused(host="0.0.0.0", public_url="https://risk.example.com").startswith("BIND_REFUSED")


def test_half_of_tls_and_addresses_without_it_are_refused(tmp_path):
    (tmp_path / "pem").write_text("")
    assert refused(tls_cert=tmp_path / "pem") == (
        "TLS_PAIR: TLS needs a certificate and its key: give --tls-cert and --tls-key"
    )
    assert refused(tls_cert=tmp_path / "pem", tls_key=tmp_path / "no").endswith("no is not there: give the file's path")
    for url in ("http://risk.example.com", "risk.example.com", "https://", "https://risk.example.com/add-in"):
        assert refused(public_url=url).startswith(f"PUBLIC_URL: --public-url is '{url}'")


def test_the_licence_is_the_users_own(monkeypatch):
    monkeypatch.delenv("XLWINGS_LICENSE_KEY")
    assert refused() == (
        "LICENCE_MISSING: xlwings Server needs a licence of your own and XLWINGS_LICENSE_KEY is not set: "
        "set it to your key, or to noncommercial where its terms for noncommercial use are met"
    )


def test_a_token_is_one_long_word_of_a_file(tmp_path):
    file = tmp_path / "token"
    for weak in ("", "short", "two words of enough length", "ünïcödé-ünïcödé-ünïcödé"):
        file.write_text(weak, encoding="utf-8")
        with pytest.raises(FactorError, match=r"TOKEN_WEAK: .* make one: python -c"):
            read_token(file)
    with pytest.raises(FactorError, match="FILE_NOT_FOUND"):
        read_token(tmp_path / "none")
    file.write_text(f"{TOKEN}\n")
    assert read_token(file) == TOKEN
    assert TOKEN not in repr(Settings(token=TOKEN))


def run(*options, **environment):
    given = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    return subprocess.run(
        [sys.executable, "-m", "xlfactor.cli", "serve", *options], capture_output=True, text=True, env=given, timeout=60
    )


def test_a_port_that_is_taken_is_one_line():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = run("--port", str(other.getsockname()[1]))
    assert done.returncode == 3
    assert done.stderr.startswith("error PORT: 127.0.0.1:")
    assert len(done.stderr.splitlines()) == 1


def test_a_key_that_xlwings_refuses_is_one_line():
    done = run("--port", "0", XLWINGS_LICENSE_KEY="gibberish")
    assert (done.returncode, done.stderr) == (
        3, "error LICENCE: Invalid xlwings license key: set XLWINGS_LICENSE_KEY to your own key\n",
    )  # fmt: skip


def test_the_project_is_two_lines_of_python_a_page_and_a_manifest(tmp_path):
    write(tmp_path, Settings(token=TOKEN))
    lines = {path.parent.name: path.read_text() for path in tmp_path.rglob("*.py")}
    assert lines == {
        "custom_functions": "from xlfactor.hosts.excel import *\n",
        "custom_scripts": "from xlfactor.hosts.server.scripts import *\n",
    }
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or TOKEN not in path.read_text(encoding="utf-8")


def test_an_add_in_keeps_its_id_and_two_servers_are_two_add_ins(tmp_path):
    one, again, other = (environment(tmp_path, Settings(port=port)) for port in (8000, 8000, 8001))
    assert one == again
    assert uuid.UUID(one["XLWINGS_MANIFEST_ID_PROD"]) != uuid.UUID(other["XLWINGS_MANIFEST_ID_PROD"])
    assert "XLWINGS_LICENSE_KEY" not in one


def test_an_example_uses_the_tables_that_the_template_has():
    known = {table.name for table in TABLES} | {block.name for block in BLOCKS}
    assert {text.split("[")[0] for text in IN_TEMPLATE.values()} <= known
    assert example(catalogue()["FACTOR_RETURNS"]) == "=FACTOR_RETURNS(tblReturns[#All], tblLoadings[#All])"


def test_the_pane_names_every_function_with_its_arguments_once():
    text = pane(with_token=False)
    for name, function in catalogue().items():
        assert text.count(f"<summary><code>{name}</code>") == 1
        assert all(f"<dt><code>{argument.name}</code>" in text for argument in function.arguments)
    stages = [part.split("</h2>")[0] for part in text.split("<h2>")[1:]]
    assert len(stages) == len(set(stages))


@pytest.mark.pro
@need_licence
def test_only_who_has_the_token_may_call(tmp_path):
    (tmp_path / "token").write_text(TOKEN)
    with served(tmp_path, "--token-file", "token") as server:
        call = request("XLFACTOR_VERSION")
        assert server.call(call)[:2] == (
            401, "TOKEN_MISSING: this server wants an access token: enter it in the task pane",
        )  # fmt: skip
        assert server.call(call, Authorization="another")[0] == 403
        assert server.send("POST", "/xlwings/custom-scripts-call/refresh_risk_sheet", b"{}")[0] == 401
        assert server.call(call, Authorization=TOKEN)[0] == 200
        assert server.call(call, Authorization=f"Bearer {TOKEN}")[0] == 200
        for path in ("/taskpane.html", "/health", "/manifest.xml", "/static/js/auth.js"):
            status, text = server.get(path)
            assert (status, TOKEN in text) == (200, False)
        assert "XLFACTOR_VERSION 200" in server.log()
        assert TOKEN not in server.log()
        assert TOKEN not in " ".join(server.lines)


@pytest.mark.pro
@need_licence
@need_openssl
def test_over_tls_the_manifest_points_at_https(tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem",
         "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    with served(tmp_path, "--tls-cert", "cert.pem", "--tls-key", "key.pem") as server:
        address = server.url.replace("http:", "https:")
        trusted = ssl.create_default_context(cafile=tmp_path / "cert.pem")
        with urllib.request.urlopen(f"{address}/manifest.xml", context=trusted) as reply:
            manifest = reply.read().decode()
        with urllib.request.urlopen(
            urllib.request.Request(address + CALL, request("XLFACTOR_VERSION"), {"Content-Type": "application/json"}),
            context=trusted,
        ) as reply:
            assert reply.status == 200
    check_manifest(manifest, address)


@pytest.mark.pro
@need_licence
def test_behind_a_proxy_the_manifest_names_the_public_address_and_nothing_is_left_behind(tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with served(tmp_path, "--public-url", "https://risk.example.com:8443", TMPDIR=str(temporary)) as server:
        status, manifest, _ = server.send("GET", "/manifest.xml", headers={"Host": "risk.example.com:8443"})
        assert status == 200
        check_manifest(manifest, "https://risk.example.com:8443")
        assert any(temporary.iterdir())
        workers = psutil.Process(server.process.pid).children(recursive=True)
        assert len(workers) >= 2
    assert server.process.returncode == 0
    assert psutil.wait_procs(workers, 10)[1] == []
    assert not any(temporary.iterdir())


def check_manifest(manifest, address):
    """Every address in it is the server's, and there is no namespace: a cell says FACTOR_RETURNS."""
    root = ET.fromstring(manifest)
    addresses = [v for e in root.iter() for v in e.attrib.values() if v.startswith("http")]
    assert {value[: len(address)] for value in addresses} == {address}
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert "CustomFunctions" in {v for e in root.iter() for v in e.attrib.values()}
    assert "Namespace" not in names
    resources = {e.get("id") for e in root.iter() if e.get("id")}
    assert {e.get("resid") for e in root.iter() if e.get("resid")} <= resources
