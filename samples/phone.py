"""A phone for those who try the demo without one: python -m samples.phone KEY prints the code of this half minute."""

from __future__ import annotations

import sys
import time

from archive.keeper import totp


def code(key: str, moment: float) -> str:
    """The 6 digits for a key as the screen shows it, in groups, at `moment` (seconds since 1970)."""
    return totp.code_at("".join(key.split()).upper(), int(moment) // totp.STEP)


if __name__ == "__main__":
    try:
        print(code(" ".join(sys.argv[1:]), time.time()))
    except ValueError:  # binascii.Error is one
        sys.exit(
            "Khóa không đúng: chép đủ các nhóm chữ trên màn hình / not a key: copy all groups from the screen"
        )
