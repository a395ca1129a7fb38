"""What each package is made of, as CycloneDX: one list for each crate, and those of the Python and Node packages."""

import json

from checks.tools import tool
from checks.tree import ROOT, Problem, run

from .crates import published

VERSION = "0.5.9"
# Everything that is linked with every feature, but for what only tests.
OPTIONS = ("--format", "json", "--spec-version", "1.5", "--all-features")
BINDINGS = {"mfakit-python": "bindings/python", "mfakit-node": "bindings/node"}


def make(files, say):
    """Writes the lists, and looks whether each has components."""
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
    for path in folder.iterdir():
        if not json.loads(path.read_text(encoding="utf-8")).get("components"):
            raise Problem(f"{path.name} names no component")
    return [f"attach sboms/{path.name} to the release" for path in sorted(folder.iterdir())]


NAME = "mfakit-sbom"


def tool_path(say):
    """The program, built once."""

    class Report:
        """What `tool` tells its progress to."""

        progress = staticmethod(lambda text: say(f"sboms: {text}"))

    return tool(Report, "cargo-cyclonedx", VERSION, takes="about a minute of two cores")
