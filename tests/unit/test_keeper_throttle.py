"""Guessing is slow everywhere, at most 100 guesses an account a day, and nobody elsewhere locks an official out."""

from concurrent.futures import ThreadPoolExecutor

import pytest

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
