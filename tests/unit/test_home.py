"""A new home is closed to everybody but its owner and group."""

import stat

from archive import home
from archive.settings import Settings


def _mode(settings: Settings) -> int:
    return stat.S_IMODE(settings.home.stat().st_mode)


def test_other_logins_of_the_machine_cannot_enter_a_new_home(tmp_path):
    settings = Settings(home=tmp_path / "new" / "home")
    assert home.create(settings)
    assert _mode(settings) & 0o007 == 0 and _mode(settings) & 0o700 == 0o700


def test_a_folder_made_ready_before_keeps_its_group_bits(tmp_path):
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir()
    settings.home.chmod(0o2755)
    assert home.create(settings)
    assert _mode(settings) == 0o2750
