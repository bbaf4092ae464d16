"""`kho repair`, `kho backup`, `kho restore`."""

from __future__ import annotations

from pathlib import Path

import click

from archive import console, home, usage
from archive.console import JSON, emit_json, tell, with_settings
from archive.settings import Settings
from archive.space import gigabytes


@click.command()
@click.option(
    "--from",
    "copy",
    type=usage.There(folder=True),
    required=True,
    metavar="BẢN-SAO",
    help="Thư mục kho của bản sao thứ hai / home folder of the second copy",
)
@click.option("--dry-run", is_flag=True, help="Chỉ cho biết sẽ làm gì / only tell what would be done")
@JSON
@with_settings
def repair(settings: Settings, copy: Path, dry_run: bool, as_json: bool) -> int:
    """Khôi phục gói, trang bị hỏng từ bản sao đã kiểm tra / restore damaged packages and pages from a verified copy.

    Chỉ lấy những byte đúng mã kiểm tra; gói hỏng được giữ lại trong set-aside; việc khôi phục được ghi vào hồ sơ và
    nhật ký / only bytes that verify are taken; what was damaged is kept in set-aside; the dossier and the access log
    have it on record.

    \b
    Ví dụ / examples:
      kho verify; kho repair --from /mnt/ban-sao/kho-huyen
      kho repair --from /mnt/ban-sao/kho-huyen --dry-run

    Mã thoát / exit code: 0 không còn hư hỏng / nothing left, 1 còn chỗ chưa khôi phục / something is left.
    """
    from archive import wiring_write

    home.check(settings)
    report = wiring_write.repair(settings, copy, dry_run=dry_run)
    if as_json:
        emit_json(report)
    else:
        for finding in (*report.repaired, *report.pages, *report.left):
            tell(finding.code, file=finding.file or "", **finding.values)
        done = len(report.repaired), len(report.pages), len(report.left)
        if any(done):
            tell("copies.done", repaired=done[0], pages=done[1], left=done[2])
        else:
            tell("copies.nothing")
    return console.OK if not report.left else console.SOME_REFUSED


PASSWORD = click.option(
    "--password-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="TỆP",
    help="Tệp chứa mật khẩu của kho sao lưu / file with the repository's password [RESTIC_PASSWORD_FILE]",
)


@click.command()
@click.argument("repository", metavar="NƠI-LƯU")
@PASSWORD
@click.option("--init", is_flag=True, help="Tạo nơi lưu mới trước / make the repository first")
@click.option(
    "--keys",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="THƯ-MỤC",
    help="Chép khóa ký nhật ký ra đây, để cất riêng / copy the log's signing key here, to be kept apart",
)
@click.option(
    "--read-back",
    metavar="10%",
    help="Rồi đọc lại bấy nhiêu dữ liệu đã lưu / then read so much of what is saved back",
)
@JSON
@with_settings
def backup(
    settings: Settings,
    repository: str,
    password_file: Path | None,
    init: bool,
    keys: Path | None,
    read_back: str | None,
    as_json: bool,
) -> int:
    """Sao lưu kho bằng restic: ra thư mục hoặc máy chủ S3 / back the archive up with restic: to a folder or S3.

    Tiếp nhận và tra cứu vẫn chạy. Không gồm bản công bố (dựng lại được), phiên đăng nhập và khóa ký nhật ký / ingest and
    look-up go on. Without generations (they are made again), sessions and the key that signs the log.

    \b
    Ví dụ / examples:
      kho backup /mnt/sao-luu/kho --init --password-file mat-khau.txt --keys /mnt/usb/khoa
      kho backup s3:https://s3.tinh.gov.vn/kho-huyen --password-file mat-khau.txt
      kho backup /mnt/sao-luu/kho --password-file mat-khau.txt --read-back 5%
    """
    from archive import wiring_write
    from archive.replicas.restic import Restic

    home.check(settings)
    restic = Restic(repository, password_file)
    if init:
        restic.init()
        tell("backup.made", repository=repository)
    done = wiring_write.backup(settings, restic, keys)
    if read_back:
        restic.check(read_back)
    if as_json:
        emit_json(done)
        return console.OK
    tell("backup.done", **vars(done) | {"added": gigabytes(done.added), "bytes": gigabytes(done.bytes)})
    if read_back:
        tell("backup.read_back", share=read_back)
    tell("backup.keys" if keys else "backup.no_keys", path=keys or "")
    return console.OK


@click.command()
@click.argument("repository", metavar="NƠI-LƯU")
@PASSWORD
@click.option(
    "--snapshot", default="", metavar="MÃ", help="Bản nào, không nêu: mới nhất / which one [newest]"
)
@click.option(
    "--keys",
    type=usage.There(folder=True),
    metavar="THƯ-MỤC",
    help="Thư mục giữ khóa ký nhật ký / folder with the log's signing key",
)
@click.option("--list", "only_list", is_flag=True, help="Chỉ liệt kê các bản / only list what there is")
@JSON
@with_settings
def restore(
    settings: Settings,
    repository: str,
    password_file: Path | None,
    snapshot: str,
    keys: Path | None,
    only_list: bool,
    as_json: bool,
) -> int:
    """Khôi phục kho vào máy trống: lấy về, kiểm tra từng byte, công bố / restore to a bare machine, checked and published.

    Kho được khôi phục bên cạnh rồi mới đổi tên vào chỗ; dừng giữa chừng thì chạy lại cùng lệnh. Không có khóa ký, nhật ký
    cũ được đóng lại nguyên vẹn và một nhật ký mới bắt đầu / restored aside, then renamed into place; killed, run it
    again. Without the key the old log is closed as it is and a new one begins.

    \b
    Ví dụ / examples:
      kho restore /mnt/sao-luu/kho --home /srv/kho --password-file mat-khau.txt --keys /mnt/usb/khoa
      kho restore s3:https://s3.tinh.gov.vn/kho-huyen --list

    Mã thoát / exit code: 0 nguyên vẹn / intact, 1 có hư hỏng / damage found.
    """
    from archive import wiring_write
    from archive.replicas.backup import TAG
    from archive.replicas.restic import Restic

    restic = Restic(repository, password_file)
    if only_list:
        return _list(restic.snapshots(TAG), as_json)
    with console.counted("verify.progress") as progress:
        made = wiring_write.restore(settings, restic, snapshot, keys, progress)
    if as_json:
        emit_json(made)
    else:
        for finding in made.findings:
            tell(finding.code, file=finding.file or "", **finding.values)
        tell("restore.done", path=settings.home, **vars(made) | {"bytes": gigabytes(made.bytes)})
        if made.closed_log:
            tell("restore.closed_log", folder=made.closed_log)
        tell("restore.next", path=settings.home)
    return console.OK if not made.findings else console.SOME_REFUSED


def _list(snapshots: list, as_json: bool) -> int:
    if as_json:
        emit_json(snapshots)
    else:
        for one in snapshots:
            tell("restore.listed", id=one.id, time=f"{one.time[:10]} {one.time[11:16]}")
    return console.OK
