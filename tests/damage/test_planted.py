"""Planted damage: each kind at seeded places is named exactly, and once. `python -m tests.damage.test_planted 25`: all."""

import random
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from archive import home_identity
from archive.audit import journal, signer
from archive.audit.entry import Entry
from archive.errors import HomeError
from archive.holdings import fixity, recorded_verify
from archive.holdings.fixity import Choice
from archive.holdings.renditions import Renditions
from archive.people.accounts_writer import AccountsWriter
from archive.people.blocked import Blocked
from archive.publishing import publish
from archive.rights import restrictions_writer
from archive.rights.access import Grant
from archive.settings import Settings
from tests import dossiers, planted

PLACES = 2
"""Places for each kind in the suite."""


def make(folder: Path) -> Settings:
    """Four dossiers, two in two versions, published twice, with every kind of file that a home has."""
    settings = Settings(home=folder / "home", index_engine="tantivy", workers=1)
    kept = dossiers.make_home(settings, *(dossiers.sample(f"hs-{n}", count=2) for n in (1, 2, 3, 4)))
    publish.publish(settings, kept, Renditions(settings.renditions))
    for n in (1, 2):
        bigger = dossiers.sample(f"hs-{n}", count=3)
        dossiers.read_pages(settings, bigger)
        kept.commit(bigger, dossiers.sources(bigger, folder / "in"))
    publish.publish(settings, kept, Renditions(settings.renditions))
    _small_files(settings)
    recorded_verify.verify(settings, None, Choice())
    return settings


def _small_files(settings: Settings) -> None:
    accounts = AccountsWriter(settings.accounts)
    accounts.init()
    accounts.add("lan", "mat-khau-dai", [Grant("H30")])
    accounts.block(Blocked("an@sso.vn", "sso/1"))
    restrictions_writer.restrict(settings.restrictions, "H30.01", "closed", until=None, basis="CV 1", by="an")
    signer.make(settings.keys, settings.audit)
    sink = journal.of_home(settings)
    for number in range(5):
        sink.record(Entry("view", "lan", object=f"H30.01:hs-{number}"))
    sink.head()


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    settings = make(tmp_path_factory.mktemp("template"))
    assert fixity.verify(settings).findings == ()
    return settings.home


def copied(template: Path, folder: Path) -> Settings:
    shutil.copytree(template, folder / "home", symlinks=True)
    return Settings(home=folder / "home", index_engine="tantivy", workers=1)


def found(settings: Settings) -> list[tuple[str, str, str]]:
    findings = fixity.verify(settings).findings
    return [(one.code.removeprefix("fixity."), one.file or "", one.values.get("to", "")) for one in findings]


def missed(template: Path, folder: Path, kind: str, place: int) -> str:
    """What is wrong with the answer to one planted damage; "" when it is named exactly."""
    settings = copied(template, folder)
    try:
        wanted = planted.plant(settings, kind, random.Random(f"{kind} {place}"))
        told = found(settings)
        return "" if told == wanted else f"{kind} {place}: {told} instead of {wanted}"
    finally:
        shutil.rmtree(settings.home)


def test_there_are_forty_kinds():
    assert len(planted.KINDS) >= 40


@pytest.mark.parametrize("kind", sorted(planted.KINDS))
def test_planted_damage_is_named_exactly_and_once(template, tmp_path, kind):
    assert not [said for place in range(PLACES) if (said := missed(template, tmp_path, kind, place))]


# --------------------------------------------------------------------------- every kind of file

PASSING = ("work/", "run/", "sessions/", "holdings.lock", "kho.toml")
"""Files that pass away, and the settings that people edit."""


def kinds_of_files(home: Path) -> dict[str, Path]:
    """One file of each kind: by its folder and the form of its name."""
    kinds = {}
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home).as_posix()
        plain = path.is_file() and not path.is_symlink() and path.stat().st_size
        if plain and not name.startswith(PASSING) and not name.endswith(".lock"):
            parts = name.split("/")
            form = "".join("#" if sign.isdigit() else sign for sign in path.name)
            kinds.setdefault((parts[0], parts[-2] if parts[0] == "published" else "", form[-24:]), path)
    return {"/".join(kind): path.relative_to(home) for kind, path in kinds.items()}


def flips_missed(template: Path, folder: Path, path: Path, count: int) -> list[str]:
    """Bits of one file that were turned and not found, or answered by a fault of our own."""
    settings = copied(template, folder)
    target, chance = settings.home / path, random.Random(path.as_posix())
    content, lost = target.read_bytes(), []
    target.chmod(0o644)
    for _ in range(count):
        place, bit = chance.randrange(len(content)), chance.randrange(8)
        target.write_bytes(content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :])
        try:
            if not fixity.verify(settings).findings:
                lost.append(f"{path} byte {place} bit {bit}")
        except HomeError:  # the identity of the home or of a folder
            assert path.name in (home_identity.IDENTITY, home_identity.FOLDER_IDENTITY, "0=ocfl_1.1")
    shutil.rmtree(settings.home)
    return lost


def test_turned_bits_are_found_in_every_kind_of_file(template, tmp_path):
    kinds = kinds_of_files(template)
    assert len(kinds) > 25
    assert not [said for path in kinds.values() for said in flips_missed(template, tmp_path, path, 2)]


def main(places: int, flips: int) -> int:
    """The whole: `places` for each kind, `flips` for each kind of file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = make(folder / "template").home
        said = [
            one
            for kind in sorted(planted.KINDS)
            for place in range(places)
            if (one := missed(template, folder, kind, place))
        ]
        total = len(planted.KINDS) * places
        print(
            *said,
            f"{total - len(said)} of {total} planted damages named exactly, {len(planted.KINDS)} kinds",
            sep="\n",
            flush=True,
        )
        kinds = kinds_of_files(template)
        lost = [one for path in kinds.values() for one in flips_missed(template, folder, path, flips)]
        bits = len(kinds) * flips
        print(*lost, f"{bits - len(lost)} of {bits} turned bits found, {len(kinds)} kinds of files", sep="\n")
    return bool(said or lost)


if __name__ == "__main__":
    sys.exit(main(int((sys.argv[1:] or ["25"])[0]), int((sys.argv[2:] or ["25"])[0])))
