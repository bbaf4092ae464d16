"""The national register from the data files of a public package: units before and after 1/7/2025 and what became of each.

Reads the files only; the package itself is never imported and nothing goes over the network. What the data does not
say (days, resolutions, trust) stands in national.toml. The same files give the same rows in the same order.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import sqlite3
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from archive import text
from archive.errors import UsageError
from archive.units import names, organs
from archive.units.names import bare, kind_of
from archive.units.store import National
from archive.units.succession import RegisteredUnit, Succession

FILES = ("dataset.db", "converter_2025.json")


def read(folder: Path | None = None) -> National:
    """The national units and successions from a folder with the data files, else from the installed package.

    Raises UsageError when the files are not there or are not what we know.
    """
    folder = _data_folder(folder) if folder else _installed()
    contents = {name: _bytes(folder / name) for name in FILES}
    try:
        tables, converter = _tables(folder / FILES[0]), json.loads(contents[FILES[1]])
        return _made(_source(contents), tables, converter)
    except (sqlite3.Error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError("units.package_strange", folder=folder, reason=repr(error)) from error


def _source(contents: dict[str, bytes]) -> dict[str, str]:
    """Package, version (known by the digests of its files, else "?"), licence and its notice."""
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    version = facts()["version"] if digests == facts()["files"] else "?"
    said = {
        "package": facts()["package"],
        "version": version,
        "licence": facts()["licence"],
        "files": digests,
    }
    return said | {"notice": _notice()}


def _notice() -> str:
    """The licence's text when the package is installed: it stays with what is made of the data."""
    try:
        return importlib.metadata.distribution(facts()["package"]).read_text("licenses/LICENSE") or ""
    except importlib.metadata.PackageNotFoundError:
        return ""


@cache
def facts() -> dict:
    """What national.toml says."""
    return tomllib.loads(Path(__file__).with_name("national.toml").read_text(encoding="utf-8"))


def _installed() -> Path:
    package = facts()["package"]
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise UsageError("units.package_missing", package=package)
    return Path(spec.submodule_search_locations[0]) / "data"


def _data_folder(folder: Path) -> Path:
    """The folder itself, or `data` in it when it is the package's folder."""
    return folder if (folder / FILES[0]).is_file() else folder / "data"


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError("units.package_file", file=path) from error


def _tables(path: Path) -> tuple[list[sqlite3.Row], list[sqlite3.Row]]:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        connection.row_factory = sqlite3.Row
        old = connection.execute(
            "SELECT * FROM admin_units_legacy ORDER BY provinceCode, districtCode, wardCode"
        )
        new = connection.execute("SELECT * FROM admin_units ORDER BY provinceCode, wardCode")
        return old.fetchall(), new.fetchall()
    finally:
        connection.close()


def _made(source: dict, tables: tuple[list, list], converter: dict) -> National:
    old, new = tables
    units = (*_old_units(old), *_new_units(new))
    ids_of_old, ids_of_new = _old_keys(old), _new_keys(new)
    pairs = sorted(
        {*_whole_pairs(converter, ids_of_old, ids_of_new), *_part_pairs(converter, ids_of_old, ids_of_new)}
    )
    known = {unit.id: unit for unit in units}
    successions = (
        *_provinces(converter, ids_of_old, ids_of_new, known),
        *_districts(units, {pair[0] for pair in pairs}),
        *_communes(pairs, known),
    )
    main = tuple(sorted(_part_pairs(converter, ids_of_old, ids_of_new, only_main=True)))
    label = f"{source['package']} {source['version']}"
    return National(source, _labelled(units, label), _labelled(successions, label), main)


def _labelled(rows: Iterable, label: str) -> tuple:
    return tuple(replace(row, source=label) for row in rows)


# --------------------------------------------------------------------------- units


def _old_units(rows: list[sqlite3.Row]) -> Iterator[RegisteredUnit]:
    """Provinces, districts and communes of the list that ended, each once."""
    seen: set[str] = set()
    for row in rows:
        levels = [("province", None), ("district", "province"), ("ward", "district")]
        for level, above in levels:
            code = row[f"{level}Code"]
            if not code or (unit_id := _old(code)) in seen:
                continue
            seen.add(unit_id)
            yield RegisteredUnit(
                id=unit_id,
                code=code,
                name=text.clean(row[level]).strip(),
                level={"ward": "commune"}.get(level, level),
                kind=kind_of(row[level]),
                parent=_old(row[f"{above}Code"]) if above else None,
                valid_to=facts()["last_day"],
                aliases=_aliases(row[f"{level}Alias"]),
                organ_ids=organs.province_codes().get(unit_id, ()),
            )


def _new_units(rows: list[sqlite3.Row]) -> Iterator[RegisteredUnit]:
    seen: set[str] = set()
    for row in rows:
        for level, above in (("province", None), ("ward", "province")):
            unit_id = _new(row[f"{level}Code"])
            if unit_id in seen:
                continue
            seen.add(unit_id)
            yield RegisteredUnit(
                id=unit_id,
                code=row[f"{level}Code"],
                name=text.clean(row[level]).strip(),
                level="commune" if above else "province",
                kind=kind_of(row[level]),
                parent=_new(row["provinceCode"]) if above else None,
                valid_from=facts()["first_day"],
                aliases=_aliases(row[f"{level}Alias"]),
                organ_ids=organs.province_codes().get(unit_id, ()),
            )


def _old(code: str) -> str:
    return f"{code}.{facts()['old_list']}"


def _new(code: str) -> str:
    return f"{code}.{facts()['new_list']}"


def _aliases(listed: str | None) -> tuple[str, ...]:
    """Other names, written together without marks as the package has them; good for finding, not for showing."""
    return tuple(dict.fromkeys(json.loads(listed))) if listed else ()


# --------------------------------------------------------------------------- what became of them


def _old_keys(rows: list[sqlite3.Row]) -> dict[str, str]:
    """The package's keys of old units -> our ids. An island district without communes has an empty last part."""
    ids = {row["provinceKey"]: _old(row["provinceCode"]) for row in rows}
    for row in rows:
        key = f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey'] or ''}"
        ids[key] = _old(row["wardCode"] or row["districtCode"])
    return ids


def _new_keys(rows: list[sqlite3.Row]) -> dict[tuple[str, str], str]:
    ids = {(row["provinceKey"], ""): _new(row["provinceCode"]) for row in rows}
    return ids | {(row["provinceKey"], row["wardKey"]): _new(row["wardCode"]) for row in rows}


def _whole_pairs(converter: dict, old: dict, new: dict) -> Iterator[tuple[str, str]]:
    for province, communes in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for key, predecessors in communes.items():
            for predecessor in predecessors:
                yield old[predecessor], new[province, key]


def _part_pairs(converter: dict, old: dict, new: dict, only_main: bool = False) -> Iterator[tuple[str, str]]:
    for province, communes in converter["DICT_PROVINCE_WARD_DIVIDED"].items():
        for key, parts in communes.items():
            for part in parts:
                if part["isDefaultNewWard"] or not only_main:
                    yield old[key], new[province, part["newWardKey"]]


def _provinces(
    converter: dict, old: dict, new: dict, known: dict[str, RegisteredUnit]
) -> Iterator[Succession]:
    """Nghị quyết 202/2025/QH15: 63 provinces, each wholly into one of 34."""
    for key, predecessors in sorted(converter["DICT_PROVINCE"].items()):
        for predecessor in sorted(predecessors):
            before, after = known[old[predecessor]], known[new[key, ""]]
            kind = _kind(before, after, len(predecessors))
            yield _row(before.id, after.id, kind, "province", facts()["basis"]["province"])


def _districts(units: tuple[RegisteredUnit, ...], followed: set[str]) -> Iterator[Succession]:
    """The district level ended; who keeps a district's records only a hand-over assignment can say."""
    for unit in units:
        if unit.level == "district" and unit.id not in followed:
            yield _row(unit.id, "", "abolished", "province", facts()["basis"]["district"])


def _communes(pairs: list[tuple[str, str]], known: dict[str, RegisteredUnit]) -> Iterator[Succession]:
    ways, sources = Counter(before for before, _ in pairs), Counter(after for _, after in pairs)
    confused = _namesakes(pairs, known)
    for before, after in pairs:
        province = known[after].parent or ""
        basis = facts()["commune_basis"].get(province.partition(".")[0], facts()["basis"]["commune"])
        if ways[before] > 1:
            trust = "namesake" if (before, after) in confused else "part"
            yield _row(before, after, "split", trust, basis)
        else:
            yield _row(before, after, _kind(known[before], known[after], sources[after]), "whole", basis)


def _namesakes(pairs: list[tuple[str, str]], known: dict[str, RegisteredUnit]) -> set[tuple[str, str]]:
    """Pairs where the package seems to have taken one commune for another of the same name.

    Two predecessors of one new commune bear the same name, and this one comes from another old district than every
    predecessor whose name stands alone.
    """
    called = {unit_id: names.key(bare(unit.name)) for unit_id, unit in known.items()}
    predecessors: dict[str, list[str]] = {}
    for before, after in pairs:
        predecessors.setdefault(after, []).append(before)
    confused: set[tuple[str, str]] = set()
    for after, group in predecessors.items():
        times = Counter(called[before] for before in group)
        near = {known[before].parent for before in group if times[called[before]] == 1}
        alike = (before for before in group if times[called[before]] > 1)
        confused |= {(before, after) for before in alike if known[before].parent not in near}
    return confused


def _kind(before: RegisteredUnit, after: RegisteredUnit, sources: int) -> str:
    if sources > 1:
        return "merged"
    return "continued" if text.exact(before.name) == text.exact(after.name) else "renamed"


def _row(before: str, after: str, kind: str, trust: str, basis: str) -> Succession:
    return Succession(
        predecessor=before,
        successor=after,
        kind=kind,
        extent="part" if kind == "split" else "whole",
        day=facts()["first_day"],
        basis=basis,
        confidence=facts()["confidence"][trust],
    )
