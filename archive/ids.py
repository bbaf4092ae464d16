"""The only maker and parser of identifiers and package paths.

fonds code        letters, digits, `.`, `-`, `_`               H30.81
dossier id        <fonds code>:<dossier code>                  H30.81:K4.01.02
item id           <dossier id>:<ordinal, at least 3 digits>    H30.81:K4.01.02:007
OCFL object id    urn:kho:<dossier id>

A dossier code is the received code where it is safe, else a slug of the folder name. The document file
name of Thông tư 02/2019/TT-BNV is `<mã hồ sơ>.<số thứ tự văn bản>.<đuôi>`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from archive import text
from archive.errors import UsageError

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
_FILE_CODE_NAME = re.compile(r"(?P<code>[A-Za-z0-9]+(?:[.\-][A-Za-z0-9]+){2,})\.(?P<ordinal>\d{3,4})\Z")


def fonds_code(value: str) -> str:
    """`value` if it is a valid fonds or unit code, else UsageError."""
    if not _CODE.match(value) or value in {".", ".."}:
        raise UsageError("error.bad_code", value=value)
    return value


def dossier_code(name: str) -> str:
    """A safe dossier code for a received code or folder name; the same name gives the same code.

    "Hồ sơ 12 - Đất đai" -> "ho-so-12-dat-dai". A name that leaves nothing readable gets a digest.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if _CODE.match(name):
        return name
    slug = re.sub(r"[^a-z0-9._]+", "-", text.fold(name)).strip("-._")[:80].rstrip("-._")
    return slug or "hs-" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def dossier_id(fonds: str, code: str) -> str:
    return f"{fonds}:{code}"


def item_id(dossier: str, ordinal: int) -> str:
    return f"{dossier}:{ordinal:03d}"


def dossier_of(item: str) -> str:
    """The dossier id of an item id."""
    return item.rpartition(":")[0]


def fonds_of(dossier_or_item: str) -> str:
    return dossier_or_item.partition(":")[0]


def code_of(dossier: str) -> str:
    """The dossier code of a dossier id."""
    return dossier.partition(":")[2]


def is_item_id(value: str) -> bool:
    return value.count(":") == 2


def object_id(dossier: str) -> str:
    """OCFL object id of a dossier's package."""
    return f"urn:kho:{dossier}"


def dossier_of_object(object_id_: str) -> str:
    """Inverse of `object_id`."""
    return object_id_.removeprefix("urn:kho:")


def parse_document_name(stem: str) -> tuple[str, int] | None:
    """(file code, ordinal) of a file name stem that follows Thông tư 02/2019, else None."""
    match = _FILE_CODE_NAME.match(unicodedata.normalize("NFC", stem).strip())
    return (match["code"], int(match["ordinal"])) if match else None


def object_path(object_id_: str) -> str:
    """Folder of an OCFL object below the storage root: layout extension 0004-hashed-n-tuple-storage-layout.

    SHA-256 of the id, three tuples of three characters, then the whole digest.
    """
    digest = hashlib.sha256(object_id_.encode()).hexdigest()
    return "/".join([digest[0:3], digest[3:6], digest[6:9], digest])


def safe_name(name: str) -> str:
    """A file name fit for every file system, still readable: NFC, no control or reserved characters.

    Not reversible; the name as received is kept in the description.
    """
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    name = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]', "_", name).strip(" .")
    while len(name.encode()) > 180:
        stem, dot, suffix = name.rpartition(".")
        name = (stem[:-1] + dot + suffix) if dot and len(suffix) < 10 and stem else name[:-1]
    return name or "_"
