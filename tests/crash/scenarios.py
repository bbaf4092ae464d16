"""What is disturbed: one command each, on a tiny home made beforehand; pages are read already, so that a run is short."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from archive import cli
from archive.audit import signer
from archive.holdings.writer import HoldingsWriter
from archive.people.accounts_writer import AccountsWriter
from archive.settings import Settings
from samples import units
from samples.systems import as_siard
from samples.systems.documents import document_system
from tests import dossiers, homes, scans

Command = tuple[str, ...]
"""Words of a `kho` command; {inputs} and {out} stand for folders of the trial."""


@dataclass(frozen=True)
class Scenario:
    """`prepare(folder)` makes folder/home and, if need be, folder/inputs. `once`: done is done, the same command again
    would do another thing. `growing`: the part that gets several versions in one run.
    `otherwise`: what the message says to type instead, when the same command again is refused."""

    name: str
    prepare: Callable[[Path], object]
    command: Command
    once: bool = False
    growing: str = ""
    otherwise: Command = ()

    def words(self, inputs: Path, trial: Path, otherwise: bool = False) -> list[str]:
        chosen = self.otherwise if otherwise else self.command
        filled = [word.format(inputs=inputs, out=trial / "out") for word in chosen]
        return ["--home", str(trial / "home"), *filled]


def kho(home: Path, *words: object) -> None:
    """A command that has to succeed while a home is prepared."""
    told = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with redirect_stdout(told), redirect_stderr(told):
        try:
            cli.main(["--home", str(home), *map(str, words)])
        except SystemExit as ended:
            assert ended.code in (0, 1, None), (words, told.buffer.getvalue())


def _read_before(folder: Path, *words: object) -> None:
    """A home that holds nothing, but knows the readings of all pages the command will meet."""
    bare, home = folder / "bare", folder / "home"
    scans.new_home(Settings(home=bare))
    shutil.copytree(bare, home, symlinks=True)
    kho(home, *words)
    shutil.copytree(home / "renditions", bare / "renditions", dirs_exist_ok=True)
    shutil.rmtree(home)
    bare.rename(home)


def _folder(folder: Path) -> None:
    batch = scans.sample_batch(folder / "inputs" / "dot-1", secret=True)
    _read_before(folder, "ingest", "folder", batch, "--fonds", "T1")


SNAPSHOT = ("--mapping", "qlvb", "--system", "thu", "--as-of", "30/06/2025", "--fonds", "T1", "--json")


def _snapshot(folder: Path) -> None:
    """A few documents of a closed system, with an attachment or two."""
    made, _ = document_system(seed=11, documents=12)
    made.tables["tep_dinh_kem"].rows[3:] = []
    made.files.clear()
    (folder / "inputs").mkdir(parents=True)
    as_siard.write(made, folder / "inputs" / "qlvb.siard")
    _read_before(folder, "ingest", "snapshot", folder / "inputs" / "qlvb.siard", *SNAPSHOT)


def _kept(folder: Path) -> HoldingsWriter:
    """Two dossiers, all pages read, nothing published; a log that is signed."""
    settings = Settings(home=folder / "home")
    writer = dossiers.make_home(settings, dossiers.sample("hs-1", count=1), dossiers.sample("hs-3", count=1))
    signer.make(settings.keys, settings.audit)
    AccountsWriter(settings.accounts).init()
    return writer


def _published(folder: Path) -> HoldingsWriter:
    writer = _kept(folder)
    kho(folder / "home", "publish")
    return writer


def _grown(folder: Path) -> None:
    """Published, then a dossier more and a new version of another."""
    writer = _published(folder)
    for dossier in (dossiers.sample("hs-2", count=1), dossiers.sample("hs-1", count=2)):
        dossiers.read_pages(Settings(home=folder / "home"), dossier)
        writer.commit(dossier, dossiers.sources(dossier, folder / "received"))


def _twice_published(folder: Path) -> None:
    _grown(folder)
    kho(folder / "home", "publish")


def _restricted(folder: Path) -> None:
    _published(folder)
    kho(folder / "home", *RESTRICT)


def _looked_up(folder: Path) -> None:
    """The log has entries that no head covers yet."""
    _published(folder)
    kho(folder / "home", "search", "thu", "hoi")


def _secret(folder: Path) -> None:
    """A document held as secret."""
    batch = scans.write(folder / "inputs" / "dot-1" / "A" / "a.png", "THU MOI 11").parents[1]
    scans.sheet(batch / "muc-luc.xlsx", ["Tên tệp", "Độ mật", "Mức độ tiếp cận"], ["a.png", "Mật"])
    scans.new_home(Settings(home=folder / "home"))
    kho(folder / "home", "ingest", "folder", batch, "--fonds", "T1")


def _officials(folder: Path) -> None:
    """A list of two officials of units that the register knows."""
    _published(folder)
    for sheet in units.write(folder / "inputs"):
        kho(folder / "home", "units", "apply", sheet, "--yes")
    head = ["Họ và tên", "Chức vụ", "Đơn vị", "Vai trò"]
    rows = (
        ["Trần Thị Lan", "Công chức", "hoa-linh.2025", "Tra cứu"],
        ["Lê Hùng", "Chủ tịch", "hoa-linh.2025", "Lãnh đạo"],
    )
    scans.sheet(folder / "inputs" / "can-bo.xlsx", head, *rows)


def _unit_sheets(folder: Path) -> None:
    scans.new_home(Settings(home=folder / "home"))
    units.write(folder / "inputs")


def _drawn(folder: Path) -> None:
    """Published with page images that can be opened: an export makes PDF copies of them."""
    letter = homes.Letter(
        "112/XN", "2019-08-20", "Giấy xác nhận", "Tình trạng hôn nhân", "Bùi Hoa", (homes.CIVIL,)
    )
    settings = homes.build(folder, [(homes.FONDS_A, "HT.2019", "Hộ tịch", "", (letter,))])
    signer.make(settings.keys, settings.audit)


RESTRICT = ("restrict", "H30.01:hs-1", "--level", "closed", "--basis", "CV 1")
LIFT = ("lift", "H30.01:hs-1", "--basis", "CV 2")
EXPORT = ("export", "--dossier", "H01.12:HT.2019", "--out", "{out}/ho-so.zip", "--json")

ISSUE = ("user", "import", "{inputs}/can-bo.xlsx", "--out")

SCENARIOS = {
    one.name: one
    for one in (
        Scenario("folder", _folder, ("ingest", "folder", "{inputs}/dot-1", "--fonds", "T1", "--json")),
        Scenario(
            "snapshot",
            _snapshot,
            ("ingest", "snapshot", "{inputs}/qlvb.siard", *SNAPSHOT),
            growing="held T1:thu.2025-06-30",
        ),
        Scenario("publish-first", _kept, ("publish", "--json")),
        Scenario("publish-next", _grown, ("publish", "--json")),
        Scenario("rollback", _twice_published, ("publish", "--rollback", "--json"), once=True),
        Scenario("rebuild", _published, ("rebuild", "--json")),
        Scenario("restrict", _published, RESTRICT),
        Scenario("lift", _restricted, LIFT, once=True),
        Scenario("declassify", _secret, ("declassify", "T1:A:001", "--basis", "QĐ 12", "--json"), once=True),
        Scenario(
            "accounts",
            _officials,
            (*ISSUE, "{out}/phieu.html"),
            once=True,
            otherwise=(*ISSUE, "{out}/phieu-2.html"),
        ),
        Scenario("units", _unit_sheets, ("units", "apply", "{inputs}/so-don-vi.csv", "--yes"), once=True),
        Scenario("search", _published, ("search", "thu", "hoi", "--json")),
        Scenario("head", _looked_up, ("audit", "head"), once=True),
        Scenario("export", _drawn, EXPORT, once=True),
        Scenario("verify", _published, ("verify", "--json")),
    )
}
