"""Invented administrative prose: sentences from words/*.toml with their blanks filled by a seeded random source."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path

WORDS = Path(__file__).parent / "words"
_SLOT = re.compile(r"\{(\w+)\}")


@cache
def words(name: str) -> dict:
    """One word list as a table."""
    return tomllib.loads((WORDS / f"{name}.toml").read_text(encoding="utf-8"))


def topics() -> list[str]:
    return sorted(file.stem.removeprefix("topic-") for file in WORDS.glob("topic-*.toml"))


class Writer:
    """Writes the prose of one document about one topic, as of one day. The same source gives the same words."""

    def __init__(self, source: random.Random, topic: str, day: date) -> None:
        self.source, self.day = source, day
        self.topic = words(f"topic-{topic}")
        self._used: set[str] = set()

    def subject(self) -> str:
        return self.fill(self.source.choice(self.topic["subjects"]))

    def grounds(self, count: int) -> list[str]:
        """`Căn cứ …` lines: mostly of the topic, the last one general, as offices write them."""
        return self._take("grounds", count, general=count // 3)

    def opening(self) -> str:
        return self.fill(self.source.choice(self.topic["openings"]))

    def facts(self, count: int) -> list[str]:
        return self._take("facts", count, general=count // 4, general_list="findings")

    def tasks(self, count: int) -> list[str]:
        return self._take("tasks", count, general=count // 4)

    def closing(self, body: str) -> str:
        """The last sentence of a `mixed` document or a `report`."""
        return self.fill(self.source.choice(words("kinds")["closings"][body]))

    def _take(self, name: str, count: int, general: int, general_list: str = "") -> list[str]:
        """`general` of the sentences fit every subject; more of them where the topic's own run out."""
        own, shared = self.topic[name], words("general")[general_list or name]
        general = max(general, count - len(own))
        chosen = self._fresh(own, count - general) + self._fresh(shared, general)
        return [self.fill(sentence) for sentence in chosen]

    def _fresh(self, sentences: Sequence[str], count: int) -> list[str]:
        """Unused sentences first; a very long document comes round to one again with other figures."""
        fresh = [sentence for sentence in sentences if sentence not in self._used]
        chosen = self.source.sample(fresh, min(count, len(fresh)))
        self._used.update(chosen)
        return chosen + [self.source.choice(sentences) for _ in range(count - len(chosen))]

    def fill(self, sentence: str) -> str:
        """The sentence with every {slot} replaced."""
        filled = _SLOT.sub(lambda match: _SLOTS[match[1]](self.source, self.day), sentence)
        return filled[:1].upper() + filled[1:] if sentence[:1] == "{" else filled


def person(source: random.Random, kind: str = "") -> str:
    """A name; `kind` is men, women or either."""
    names = words("people")
    kind = kind or source.choice(("men", "women"))
    return " ".join(source.choice(names[part]) for part in ("family", f"middle_{kind}", kind))


def long_date(day: date) -> str:
    """As Nghị định 30/2020/NĐ-CP, Annex I writes it: a leading 0 for days under 10 and months 1 and 2."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def _money(source: random.Random, _: date) -> str:
    if source.random() < 0.5:
        return f"{source.randint(2, 980)}.{source.choice(('000', '500', '250'))}.000 đồng"
    return f"{source.randint(1, 48)},{source.randint(1, 9)} tỷ đồng"


def _near(source: random.Random, day: date, least: int, most: int) -> str:
    return (day + timedelta(days=source.randint(least, most))).strftime("%d/%m/%Y")


def _one_of(name: str) -> Callable[[random.Random, date], str]:
    return lambda source, _: source.choice(words("units")[name])


_SLOTS: dict[str, Callable[[random.Random, date], str]] = {
    "xa": lambda source, _: "xã " + source.choice(words("units")["communes"]),
    "huyen": lambda *_: "huyện " + words("units")["district"],
    "tinh": lambda *_: "tỉnh " + words("units")["province"],
    "thon": _one_of("hamlets"),
    "duong": _one_of("roads"),
    "truong": _one_of("schools"),
    "phong": _one_of("offices"),
    "n": lambda source, _: str(source.randint(3, 30)),
    "m": lambda source, _: str(source.randint(31, 980)),
    "ha": lambda source, _: f"{source.randint(1, 320)},{source.randint(1, 9)} ha",
    "pt": lambda source, _: f"{source.randint(11, 98)},{source.randint(1, 9)}%",
    "tien": _money,
    "ngay": lambda source, day: _near(source, day, -60, -2),
    "han": lambda source, day: _near(source, day, 10, 90),
    "nam": lambda _, day: str(day.year),
    "nam_truoc": lambda _, day: str(day.year - 1),
    "nam_sau": lambda _, day: str(day.year + 1),
    "ong": lambda source, _: "ông " + person(source, "men"),
    "ba": lambda source, _: "bà " + person(source, "women"),
    "nguoi": lambda source, _: person(source),
    "bao": lambda source, _: str(source.randint(1, 9)),
}
