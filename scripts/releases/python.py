"""The Python package: a wheel for this platform, good for every Python from 3.10 on, and the sources."""

import os
import shutil
import sys

from checks.tree import ROOT, Problem, run

from . import sboms
from .building import BUILDS, environment, tools

FOLDER = ROOT / "bindings" / "python"


def make(files, say):
    """Builds wheel and sdist with maturin, and uses both as people do who install them."""
    maturin = str(tools() / "maturin")
    manifest = ("--manifest-path", str(FOLDER / "Cargo.toml"))
    lists = files / "sboms" / "mfakit-python.cdx.json"
    if not lists.is_file():
        sboms.make(files, say)
    run(maturin, "sdist", *manifest, "--out", str(files))
    say("python: building the wheel")
    wheel = ("build", "--release", "--locked", *manifest, "--out", str(files), "--sbom-include", str(lists))
    run(maturin, *wheel, env=environment())
    made = sorted(path for path in files.iterdir() if path.name.startswith("mfakit-") and path.suffix in (".whl", ".gz"))
    if [path.suffix for path in made] != [".whl", ".gz"]:
        raise Problem(f"a wheel and an sdist were to be made, and there are {[path.name for path in made]}")
    # What the index would refuse is found here.
    run(str(tools() / "twine"), "check", "--strict", *map(str, made))
    say("python: installing the wheel, and another one made of the sources")
    folder = BUILDS / "from-sdist"
    shutil.rmtree(folder, ignore_errors=True)
    # The pinned maturin makes it, as pip would.
    settings = environment() | {"PATH": f"{tools()}:{os.environ['PATH']}"}
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
    run(str(tools() / "pip"), "wheel", *options, str(made[1]), env=settings)
    for each in (made[0], *folder.glob("*.whl")):
        use(each)
    return [f"twine upload {path.name}" for path in made]


def use(wheel):
    """Installs a wheel where nothing else is, and signs in with it."""
    place = BUILDS / "installed"
    run(sys.executable, "-m", "venv", "--clear", str(place))
    run(str(place / "bin" / "pip"), "install", "--quiet", "--no-index", str(wheel))
    run(str(place / "bin" / "python"), str(FOLDER / "tests" / "smoke.py"), cwd=place)
