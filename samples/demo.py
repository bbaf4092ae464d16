"""`make demo`: the main job on embedded defaults, with the same commands an archivist would type.

Makes the sample folders, ingests and publishes them, says what became of the units that made them, makes accounts
of the units that inherit, and serves the look-up. Safe to run again: what is done is not done twice.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from pathlib import Path

from archive import ids
from samples import texts, units
from samples.generate import generate
from samples.systems import generate as systems

PYTHON = Path(sys.executable)
KHO = PYTHON.with_name("kho")
PASSWORD = "tra-cuu-2025"
SOME_REFUSED, FAILED = 1, 2
PERSONAL = "CCCD"
"""A query for a document with the numbers of an invented person: covered for officials, shown to leaders on purpose."""
DISTRICT = "H99.21.08"
HANDED_OVER = "01 - Giao đất, thu hồi đất năm 2014"
"""A dossier of the abolished district that was handed over to the unit of the account `minh`."""


def main() -> None:
    options = _options()
    home, folders = options.home / "kho", options.home / "samples"
    batches = _make_samples(folders, options.small)
    _kho(home, "init")
    for batch in batches:
        # The samples hold broken and encrypted files on purpose: "some refused" is the expected outcome.
        _kho(home, "ingest", "folder", str(batch), allowed=(0, SOME_REFUSED))
    for folder, mapping in _make_systems(options.home / "systems", options.small):
        # Some attachments are missing, locked or broken on purpose, too.
        _kho(home, "ingest", "snapshot", str(folder), "--mapping", str(mapping), allowed=(0, SOME_REFUSED))
    _kho(home, "publish")
    # The national data came with the set-up; without it the invented province alone is there.
    _kho(home, "units", "build", allowed=(0, FAILED))
    _kho(home, "units", "apply", str(units.write(options.home / "units")[0]), "--yes")
    _make_accounts(home)
    if options.no_serve:
        return
    print(announcement(home, options.port), flush=True)
    sys.exit(subprocess.call([KHO, "serve", "--home", home, "--port", str(options.port)]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/demo"))
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--small", action="store_true", help="one of each kind only")
    parser.add_argument("--no-serve", action="store_true", help="stop before serving")
    return parser.parse_args()


def _make_samples(folders: Path, small: bool) -> list[Path]:
    """The batch folders, generated once; a truth.json marks a finished set."""
    if not (folders / "truth.json").is_file():
        print("Tạo hồ sơ mẫu / making the samples …", flush=True)
        generate(folders, small=small)
    return sorted(path.parent for path in folders.glob("*/phong.toml"))


def _make_systems(out: Path, small: bool) -> list[tuple[Path, Path]]:
    """Snapshots of two closed systems and the mapping of each, generated once."""
    made = [(out / name, out / f"{name}.toml") for name in ("qlvb-siard", "motcua-sql")]
    if not all(mapping.is_file() for _, mapping in made):
        print("Tạo bản chụp mẫu của hai hệ thống cũ / making snapshots of two closed systems …", flush=True)
        systems.demo(out, *((60, 20) if small else (600, 150)))
    return made


def _kho(home: Path, *arguments: str, allowed: tuple[int, ...] = (0,)) -> None:
    print(f"\n$ kho {shlex.join([*arguments, '--home', str(home)])}", flush=True)
    code = subprocess.call([KHO, *arguments, "--home", home])
    if code not in allowed:
        sys.exit(code)


def _accounts() -> list[dict]:
    return texts.words("accounts")["accounts"]


def _make_accounts(home: Path) -> None:
    known = subprocess.run([KHO, "user", "list", "--json", "--home", home], capture_output=True, check=True)
    names = {account["name"] for account in json.loads(known.stdout)}
    for row in _accounts():
        if row["name"] not in names:
            who = [row["name"], "--name", row["full_name"], "--password", PASSWORD, "--keep"]
            _kho(home, "user", "add", *who, *row["grants"], "--basis", row["basis"])


def announcement(home: Path, port: int) -> str:
    """Where the look-up is, who may sign in, and what to try there and in another window."""
    rule = "─" * 94
    accounts = "\n".join(f"    {row['name']:<10} {row['vi']}\n{'':15}{row['en']}" for row in _accounts())
    trials = "\n".join(f"    kho {command}\n{'':8}{says}" for command, says in _trials(home))
    return f"""
{rule}
  Kho đang chạy / the look-up is at   http://127.0.0.1:{port}

  Tài khoản / accounts (mật khẩu / password: {PASSWORD})
{accounts}
    * lần đầu cài mã trên điện thoại; không có thì / sets up a phone's code at first; without a phone:
      {PYTHON} -m samples.phone KHÓA-TRÊN-MÀN-HÌNH

  Thử tìm / try:   {"   ·   ".join(_example_queries(home))}

  Dữ liệu cá nhân / personal data:   {PERSONAL}  → minh thấy số bị che; hoa xem được khi nêu mục đích
  {"":<35}minh sees covered numbers; hoa may see them after stating why

  Ở cửa sổ khác / in another window:   export KHO_HOME={home.absolute()} PATH={KHO.parent.absolute()}:$PATH
{trials}

  Dừng / stop: Ctrl-C
{rule}
"""


def _trials(home: Path) -> list[tuple[str, str]]:
    """Commands to try, in this order, and what they show."""
    dossier = ids.dossier_id(DISTRICT, ids.dossier_code(HANDED_OVER))
    later = (home.parent / "units" / "so-don-vi-2026.csv").absolute()
    return [
        (f"explain-access minh {dossier}", "được: huyện đã bàn giao / yes: the district handed it over"),
        (f"explain-access lan {dossier}", "không, và vì sao / no, and why"),
        (f'restrict {dossier} --level closed --basis "CV 12"', "minh mất ngay / minh loses it at once"),
        (f'lift {dossier} --basis "CV 13"', "minh xem lại được / and has it back"),
        (
            f"units apply {later} --dry-run",
            "đổi tên năm 2026: đổi gì, cho ai / a change of 2026: what, for whom",
        ),
        (
            'search "hệ thống:qlvb-siard số đến:3" --as lan',
            "văn bản của hệ thống cũ, kèm lịch sử xử lý / of the closed system, with its history",
        ),
        ("audit search", "ai đã xem gì, khi nào / who saw what, when"),
        ("audit verify", "nhật ký còn nguyên vẹn / the log is untouched"),
    ]


def _example_queries(home: Path) -> list[str]:
    """Queries by which `minh` finds something: words without marks, a quoted phrase, a document number, a former unit."""
    answer = subprocess.run(
        [KHO, "search", "--as", "minh", "--json", "--size", "50", "--home", home],
        capture_output=True,
        check=True,
    )
    rows = [row for row in json.loads(answer.stdout)["hits"] if row.get("code") and row.get("title")]
    code = [row["code"] for row in rows[:1]]
    return ["giay chung nhan", '"quyền sử dụng đất"', *code, 'đơn vị:"Lam Khê"', PERSONAL]


if __name__ == "__main__":
    main()
