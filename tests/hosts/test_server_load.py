"""`xlfactor serve` under load: nobody gets another's answer, a big or slow call harms no other, memory stays."""

import json
import threading
import time
from statistics import median

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
    assert max(seen.health) < 0.1
    assert seen.memory[-1] < 1.1 * seen.memory[0]


def test_both_workers_answer_and_both_alike(server):
    cells, result = samples.sample("FACTOR_RETURNS")
    replies = []
    threads = [
        threading.Thread(target=lambda: replies.append(server.formula("FACTOR_RETURNS", *cells))) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [from_excel(json.loads(text)["result"]) for _, text in replies] == [result] * 12


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


def test_a_call_beyond_the_time_limit_is_ended_and_the_next_one_answered(tmp_path):
    with served(tmp_path, "--workers", "1", "--time-limit", "0.3") as hasty:
        status, line = hasty.call(panel() + b" " * 50_000_000)
        assert (status, line.split(":")[:2]) == (504, ["TIME_LIMIT", " the call took more than 0.3 s"])
        deadline = time.monotonic() + 120
        while json.loads(hasty.get("/health")[1])["idle"] == 0 and time.monotonic() < deadline:
            time.sleep(0.2)  # the process that takes its place is starting
        assert hasty.call(request("XLFACTOR_VERSION"))[0] == 200
        assert "504" in hasty.log()
