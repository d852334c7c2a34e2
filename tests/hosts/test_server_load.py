"""`xlfactor serve` under load: nobody gets another's answer, a big or slow call harms no other, memory stays."""

import http.client
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import psutil
import pytest

from benchmarks.server_load import DATES, FACTORS, load, panel
from tests import samples
from tests.hosts.office import from_excel
from tests.hosts.served import CALL, request, served
from tests.needs import need_licence

pytestmark = [need_licence, pytest.mark.pro]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with served(tmp_path_factory.mktemp("load")) as one:
        yield one


def check(seen):
    assert len(seen.replies) == 1  # any worker may answer: all give the same
    status, text = next(iter(seen.replies))
    assert status == 200
    rows = json.loads(text)["result"]
    assert (len(rows), len(rows[0])) == (DATES + 1, FACTORS + 1)


def test_eight_clients_get_the_same_answer_and_health_is_answered_meanwhile(server):
    seen = load(server, clients=8, seconds=3, warm=4)
    check(seen)
    assert len(seen.health) > 5
    assert median(seen.health) < 0.1


@pytest.mark.slow
def test_thirty_seconds_of_eight_clients_stall_nothing_and_leave_nothing_in_memory(server):
    seen = load(server, clients=8, seconds=30, warm=40)
    check(seen)
    assert sorted(seen.health)[int(0.99 * len(seen.health))] < 0.1  # a busy machine may hold up one in a hundred
    assert seen.memory[-1] < 1.1 * seen.memory[0]


def test_both_workers_answer_and_both_alike(server):
    cells, result = samples.sample("FACTOR_RETURNS")
    before = busy(server)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: server.formula("FACTOR_RETURNS", *cells), range(40)))
    assert [from_excel(json.loads(text)["result"]) for _, text in replies] == [result] * 40
    worked = [pid for pid, seconds in busy(server).items() if seconds > before[pid]]
    assert set(worker_ids(server)) <= set(worked)


def busy(server):
    """CPU seconds of each process under the server's."""
    return {one.pid: sum(one.cpu_times()[:2]) for one in children(server)}


def children(server):
    return psutil.Process(server.process.pid).children(recursive=True)


def worker_ids(server):
    return [one.pid for one in children(server) if "spawn_main" in " ".join(one.cmdline())]


def test_200_megabytes_are_refused_while_health_is_answered_and_nothing_is_kept(server):
    before, slowest, over = server.memory(), [0.0], threading.Event()

    def ask():
        while not over.is_set():
            start = time.perf_counter()
            assert server.get("/health")[0] == 200
            slowest.append(time.perf_counter() - start)

    asking = threading.Thread(target=ask)
    asking.start()
    status, line = server.call(b" " * 200_000_000)
    over.set()
    asking.join()
    assert (status, line) == (
        413, "REQUEST_TOO_LARGE: the request has more than 100 MB: pass fewer dates or assets, or use Python",
    )  # fmt: skip
    assert server.memory() - before < 30e6
    assert median(slowest) < 0.1


def test_a_body_without_a_length_is_refused_as_soon_as_it_is_too_long(tmp_path):
    with served(tmp_path, "--max-megabytes", "1") as small:
        pieces = (b" " * 100_000 for _ in range(50))
        status, line, _ = small.send("POST", CALL, pieces, {"Content-Type": "application/json"})
    assert (status, line.startswith("REQUEST_TOO_LARGE")) == (413, True)


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    with served(tmp_path_factory.mktemp("hasty"), "--workers", "1", "--time-limit", "0.4") as one:
        yield one


def mended(server):
    """Has another process taken the place of the one that ended?"""
    deadline = time.monotonic() + 120
    while json.loads(server.get("/health")[1])["idle"] == 0 and time.monotonic() < deadline:
        time.sleep(0.2)
    return server.call(request("XLFACTOR_VERSION"))[0] == 200


def test_a_call_beyond_the_time_limit_is_ended_and_the_next_one_answered(hasty):
    slow = json.loads(panel())
    slow["args"] += [None, None, None, [["huber"]]]  # several seconds, where least squares take a tenth of one
    status, line = hasty.call(json.dumps(slow).encode())
    assert (status, line.split(":")[:2]) == (504, ["TIME_LIMIT", " the call took more than 0.4 s"])
    assert mended(hasty)
    assert "FACTOR_RETURNS 504" in hasty.log()


def test_a_worker_that_dies_fails_its_call_only(hasty):
    for pid in worker_ids(hasty):
        psutil.Process(pid).kill()
    status, line = hasty.call(request("XLFACTOR_VERSION"))
    assert (status, line.startswith("WORKER_DIED: the process that computed ended")) == (500, True)
    assert mended(hasty)


def test_a_request_that_stops_coming_is_given_up(hasty):
    head = f"POST {CALL} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{{"
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=30) as half:
        half.sendall(head.encode())
        answer = http.client.HTTPResponse(half)  # the head and the line may come in two pieces
        answer.begin()
        line = answer.read().decode()
    assert answer.status == 408
    assert line.startswith("REQUEST_SLOW: the request took more than 0.4 s to arrive")
