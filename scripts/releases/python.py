"""The Python package: a wheel for this platform, good for every Python from 3.10 on, and the sources."""

import sys

from checks.tree import ROOT, Problem, run

FOLDER = ROOT / "bindings" / "python"
TOOLS = ROOT / "target" / "release-tools"


def make(files, say):
    """Builds wheel and sdist with maturin, in an environment of its own."""
    maturin = TOOLS / "bin" / "maturin"
    if not maturin.exists():
        run(sys.executable, "-m", "venv", str(TOOLS))
        run(str(TOOLS / "bin" / "pip"), "install", "--quiet", f"maturin{requirement()}", "twine")
    manifest = ("--manifest-path", str(FOLDER / "Cargo.toml"))
    run(str(maturin), "sdist", *manifest, "--out", str(files))
    say("python: building the wheel")
    run(str(maturin), "build", "--release", "--locked", *manifest, "--out", str(files))
    made = sorted(path for path in files.iterdir() if path.name.startswith("mfakit-") and path.suffix in (".whl", ".gz"))
    if {path.suffix for path in made} != {".whl", ".gz"}:
        raise Problem(f"a wheel and an sdist were to be made, and there are {[path.name for path in made]}")
    # What the index would refuse is found here.
    run(str(TOOLS / "bin" / "twine"), "check", "--strict", *map(str, made))
    return [f"twine upload {path.name}" for path in made]


def requirement():
    """The versions of maturin that the package asks for."""
    text = (FOLDER / "pyproject.toml").read_text(encoding="utf-8")
    start = text.index('"maturin') + len('"maturin')
    return text[start : text.index('"', start)]
