"""The npm packages: the one that people install, and one for this platform with the native module."""

import json
import shutil
from pathlib import Path

from checks.tree import ROOT, Problem, run

from .building import BUILDS, environment

FOLDER = ROOT / "bindings" / "node"


def make(files, say):
    """Builds the native module and the JavaScript, packs both, and uses them as people do who install them."""
    say("node: building the native module")
    run("cargo", "build", "--locked", "--release", "-p", "mfakit-node", env=environment())
    run("npm", "ci", "--prefix", str(FOLDER), "--ignore-scripts", "--no-audit", "--no-fund")
    run("npm", "run", "build", "--prefix", str(FOLDER))
    library = BUILDS / "release" / "libmfakit_node.so"
    packed = run("node", str(FOLDER / "scripts" / "package.mjs"), str(library), str(files)).split()
    run("rm", "-r", str(files / "staged"))
    if len(packed) != 2 or not all(Path(path).is_file() for path in packed):
        raise Problem("two npm packages were to be made")
    names = [json.loads(run("tar", "--extract", "--to-stdout", "--file", path, "package/package.json")) for path in packed]
    use(packed)
    # What the main package asks for is there first.
    return [
        f"npm publish --access public {Path(path).name}    # {about['name']}@{about['version']}"
        for path, about in zip(packed, names)
    ]


def use(packed):
    """Installs the packages where nothing else is, and makes a code with them."""
    place = BUILDS / "installed-node"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    (place / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    run("npm", "install", "--offline", "--no-audit", "--no-fund", *packed, cwd=place)
    text = "import('mfakit').then(({ Secret, Totp }) => console.log(new Totp(Secret.generate()).generate()))"
    made = run("node", "--eval", text, cwd=place).strip()
    if not (made.isdigit() and len(made) == 6):
        raise Problem("the packages as they are installed make no code")
