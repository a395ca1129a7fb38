"""What each package is made of, as CycloneDX: one list for each crate, and those of the Python and Node packages."""

import json

from checks.tools import tool
from checks.tree import ROOT, Problem, run

from .building import tools
from .crates import published

VERSION = "0.5.9"
NAME = "mfakit-sbom"
# Everything that is linked with every feature, but for what only tests.
OPTIONS = ("--format", "json", "--spec-version", "1.5", "--all-features")
BINDINGS = {"mfakit-python": "bindings/python", "mfakit-node": "bindings/node"}


def make(files, say):
    """Writes the lists, and looks whether each is valid and has components."""
    cyclonedx = tool_path(say)
    folder = files / "sboms"
    folder.mkdir(exist_ok=True)
    places = {**dict(published()), **BINDINGS}
    run(cyclonedx, "cyclonedx", *OPTIONS, "--override-filename", NAME)
    for made in sorted(ROOT.glob("**/" + NAME + ".json")):
        place = made.parent.relative_to(ROOT).as_posix()
        names = [name for name, path in places.items() if path == place]
        if names:
            # Where this checkout lies is nobody's business.
            text = made.read_text(encoding="utf-8").replace(ROOT.as_uri(), "file:///mfakit")
            (folder / f"{names[0]}.cdx.json").write_text(text, encoding="utf-8")
        made.unlink()
    missing = [name for name in places if not (folder / f"{name}.cdx.json").is_file()]
    if missing:
        raise Problem(f"no list of {', '.join(missing)}")
    lists = sorted(folder.iterdir())
    for path in lists:
        if not json.loads(path.read_text(encoding="utf-8")).get("components"):
            raise Problem(f"{path.name} names no component")
    run(str(tools() / "python"), "-c", VALIDATE, *map(str, lists))
    return [f"sboms/{path.name}" for path in lists]


def tool_path(say):
    """The program, built once."""

    class Report:
        """What `tool` tells its progress to."""

        progress = staticmethod(lambda text: say(f"sboms: {text}"))

    return tool(Report, "cargo-cyclonedx", VERSION, takes="about a minute of two cores")


# By the schema of CycloneDX, as its own library has it.
VALIDATE = """
import pathlib, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
validator = JsonStrictValidator(SchemaVersion.V1_5)
for path in sys.argv[1:]:
    if fault := validator.validate_str(pathlib.Path(path).read_text(encoding="utf-8")):
        sys.exit(f"{path}: {fault}")
"""
