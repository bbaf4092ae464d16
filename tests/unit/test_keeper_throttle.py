"""Guessing is slow everywhere, at most 100 guesses an account a day, and nobody elsewhere locks an official out."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from archive import durable
from archive.errors import StorageError
from archive.keeper import tries_file
from archive.keeper.throttle import DAY, LIMITS, Throttle, place


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _guess(throttle: Throttle, clock: Clock, seconds: float, address: str, at_home: bool) -> int:
    """How many guesses somebody who never pauses longer than asked gets in `seconds`."""
    made, end = 0, clock.now + seconds
    while True:
        clock.now += throttle.wait("lan", address, at_home)
        if clock.now >= end:
            return made
        throttle.attempt("lan", address, at_home)
        made += 1
        clock.now += 0.1


def test_an_account_gets_at_most_a_hundred_guesses_a_day_from_everywhere_together(clock):
    throttle = Throttle(clock=clock)
    start = clock.now
    made = _guess(throttle, clock, DAY, "10.0.0.1", at_home=True)
    clock.now = start
    made += _guess(throttle, clock, DAY, "203.0.113.9", at_home=False)
    assert 50 < made <= 100


def test_many_guesses_at_once_gain_nothing():
    throttle = Throttle()
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: throttle.attempt("lan", "10.0.0.1", True), range(64)))
    assert waits.count(0) == LIMITS["home"].free


def test_the_rightful_official_leaves_no_trace_in_the_counters(clock):
    throttle = Throttle(clock=clock)
    for _ in range(500):
        assert throttle.attempt("lan", "10.0.0.1", True) == 0
        throttle.succeeded("lan", "10.0.0.1", True)


def test_sign_ins_in_between_give_a_guesser_no_more_than_the_day_allows(clock):
    throttle = Throttle(clock=clock)
    wrong, end = 0, clock.now + DAY
    while clock.now < end:
        wrong += throttle.attempt("lan", "10.0.0.1", True) == 0
        clock.now += throttle.wait("lan", "10.0.0.1", True)
        if throttle.attempt("lan", "10.0.0.1", True) == 0:
            throttle.succeeded("lan", "10.0.0.1", True)
        clock.now += 60
    assert 20 < wrong <= LIMITS["home"].daily


def test_an_attacker_elsewhere_does_not_delay_the_official_at_home(clock):
    throttle = Throttle(clock=clock)
    for n in range(200):
        throttle.attempt("lan", f"203.0.113.{n}", at_home=False)
    assert throttle.wait("lan", "203.0.113.7", False) > 0
    assert throttle.wait("lan", "10.0.0.1", True) == 0


def test_a_slip_of_the_pen_costs_no_wait_and_waits_grow(clock):
    throttle = Throttle(clock=clock)
    waits = []
    for _ in range(8):
        waits.append(throttle.wait("lan", "10.0.0.1", True))
        clock.now += waits[-1]
        assert throttle.attempt("lan", "10.0.0.1", True) == 0
    assert waits[:3] == [0, 0, 0] and waits[3:] == sorted(waits[3:]) and waits[-1] >= 16
    clock.now += DAY + 1
    assert throttle.wait("lan", "10.0.0.1", True) == 0


def test_one_address_trying_many_names_is_slowed_but_an_office_is_never_stopped_long(clock):
    throttle = Throttle(clock=clock)
    for n in range(LIMITS["address"].free):
        assert throttle.attempt(f"name{n}", "10.0.0.1", at_home=False) == 0
    for n in range(5):
        clock.now += throttle.attempt(f"other{n}", "10.0.0.1", at_home=False)
        throttle.attempt(f"other{n}", "10.0.0.1", at_home=False)
    assert 0 < throttle.wait("somebody-new", "10.0.0.1", True) <= LIMITS["address"].longest


def test_counters_survive_a_restart_and_a_damaged_file_lets_people_in(clock, tmp_path):
    file = tmp_path / "secrets" / "throttle.json"
    throttle = Throttle(file, clock)
    for _ in range(9):
        clock.now += throttle.attempt("lan", "10.0.0.1", True)
        throttle.attempt("lan", "10.0.0.1", True)
    assert Throttle(file, clock).wait("lan", "10.0.0.1", True) == throttle.wait("lan", "10.0.0.1", True) > 0
    file.write_text("{broken")
    assert Throttle(file, clock).wait("lan", "10.0.0.1", True) == 0


@pytest.fixture
def written(monkeypatch) -> dict[str, int]:
    """How often a whole file was written and how many bytes were appended."""
    counted = {"whole": 0, "appended": 0, "longest": 0}
    write_file, append = durable.write_file, durable.append

    def counting_write(*given):
        counted["whole"] += 1
        write_file(*given)

    def counting_append(path, content, *given):
        counted["appended"] += 1
        counted["longest"] = max(counted["longest"], len(content))
        append(path, content, *given)

    monkeypatch.setattr(durable, "write_file", counting_write)
    monkeypatch.setattr(durable, "append", counting_append)
    return counted


def test_a_try_costs_one_short_append_however_many_came_before(clock, tmp_path, written):
    throttle = Throttle(tmp_path / "tries", clock)
    for n in range(500):
        throttle.attempt(f"can-bo-{n}", f"10.0.{n}.1", True)
        throttle.succeeded(f"can-bo-{n}", f"10.0.{n}.1", True)
        clock.now += 1
    assert (written["whole"], written["appended"]) == (1, 499) and written["longest"] < 200


def test_what_a_restart_reads_is_what_was_counted(clock, tmp_path, monkeypatch, written):
    monkeypatch.setattr(tries_file, "MOST_STEPS", 50)
    file, chance = tmp_path / "tries", random.Random(7)
    throttle = Throttle(file, clock)
    people = [(f"can-bo-{n}", f"10.0.0.{n % 3}", bool(n % 2)) for n in range(6)]
    for _ in range(200):
        who = chance.choice(people)
        clock.now += throttle.wait(*who) + chance.random()
        assert throttle.attempt(*who) == 0
        if chance.random() < 0.6:
            throttle.succeeded(*who)
    throttle.attempt("mo", "10.9.9.9", True)  # what was right before goes with it
    assert Throttle(file, clock)._tries == throttle._tries
    assert written["whole"] > 3, "written anew now and then"


def test_a_line_cut_short_by_a_crash_loses_nothing_before_it(clock, tmp_path):
    file = tmp_path / "tries"
    throttle = Throttle(file, clock)
    for _ in range(9):
        clock.now += throttle.wait("lan", "10.0.0.1", True)
        throttle.attempt("lan", "10.0.0.1", True)
    with file.open("ab") as torn:
        torn.write(b'["+", 18000')
    again = Throttle(file, clock)
    assert again._tries == throttle._tries
    again.attempt("mo", "10.0.0.2", True)
    assert Throttle(file, clock)._tries == again._tries


def test_a_full_disk_lets_nobody_guess_and_the_next_try_counts_on(clock, tmp_path, monkeypatch):
    file = tmp_path / "tries"
    throttle = Throttle(file, clock)
    throttle.attempt("lan", "10.0.0.1", True)
    monkeypatch.setattr(durable, "_passes", {})
    monkeypatch.setenv("KHO_FAULT", "write:1:enospc")
    with pytest.raises(StorageError):
        throttle.attempt("lan", "10.0.0.1", True)
    monkeypatch.delenv("KHO_FAULT")
    throttle.attempt("lan", "10.0.0.1", True)
    assert Throttle(file, clock)._tries == throttle._tries


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("", "no address", False),
    ],
)
def test_the_addresses_of_one_machine_are_one_place(one, other, same):
    assert (place(one) == place(other)) == same
