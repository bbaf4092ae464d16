"""`make demo`: the main job on embedded defaults, with the same commands an archivist would type.

Makes the sample folders, ingests them, publishes, makes two accounts and serves the look-up. Safe to run
again: what is done is not done twice.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from samples import units
from samples.generate import generate

KHO = Path(sys.executable).with_name("kho")
PASSWORD = "tra-cuu-2025"
SOME_REFUSED = 1


def main() -> None:
    options = _options()
    home, folders = options.home / "kho", options.home / "samples"
    batches = _make_samples(folders, options.small)
    _kho(home, "init")
    for batch in batches:
        # The samples hold broken and encrypted files on purpose: "some refused" is the expected outcome.
        _kho(home, "ingest", "folder", str(batch), allowed=(0, SOME_REFUSED))
    _kho(home, "publish")
    _kho(home, "units", "apply", str(units.write(options.home / "units")[0]), "--yes")
    _make_accounts(home)
    if options.no_serve:
        return
    _announce(home, options.port)
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


def _kho(home: Path, *arguments: str, allowed: tuple[int, ...] = (0,)) -> None:
    print(f"\n$ kho {' '.join(arguments)} --home {home}", flush=True)
    code = subprocess.call([KHO, *arguments, "--home", home])
    if code not in allowed:
        sys.exit(code)


def _make_accounts(home: Path) -> None:
    known = subprocess.run([KHO, "user", "list", "--json", "--home", home], capture_output=True, check=True)
    names = {account["name"] for account in json.loads(known.stdout)}
    wanted = {
        "lan": ("Trần Thị Lan", ["--unit", "tan-phung.2025"]),
        "minh": ("Lê Văn Minh", ["--unit", "hoa-linh.2025"]),
        "thanhtra": ("Nguyễn Văn Thanh", ["--every-unit", "--role", "auditor"]),
    }
    for name, (full_name, grants) in wanted.items():
        if name not in names:
            _kho(home, "user", "add", name, "--name", full_name, "--password", PASSWORD, "--keep", *grants)


def _announce(home: Path, port: int) -> None:
    queries = _example_queries(home)
    print(
        f"""
──────────────────────────────────────────────────────────────────
  Kho đang chạy / the look-up is at   http://127.0.0.1:{port}

  Tài khoản / accounts (mật khẩu / password: {PASSWORD})
    lan        công chức xã Tân Phụng: xem những gì xã kế thừa và được bàn giao / sees what Tân Phụng inherited
    minh       công chức xã Hòa Lĩnh / official of Hòa Lĩnh, which inherited other records
    thanhtra   thanh tra, xem mọi đơn vị / auditor, sees every unit

  Thử tìm / try:   {"   ·   ".join(queries)}
  Dừng / stop: Ctrl-C
──────────────────────────────────────────────────────────────────
""",
        flush=True,
    )


def _example_queries(home: Path) -> list[str]:
    """Three queries that find something: words without marks, a quoted phrase, a document number."""
    answer = subprocess.run(
        [KHO, "search", "--json", "--size", "50", "--home", home], capture_output=True, check=True
    )
    rows = [row for row in json.loads(answer.stdout)["hits"] if row.get("code") and row.get("title")]
    return ["giay chung nhan", '"quyền sử dụng đất"', *(row["code"] for row in rows[:1])]


if __name__ == "__main__":
    main()
