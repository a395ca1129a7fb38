"""The npm packages: the one that people install, and one for this platform with the native module."""

import json
from pathlib import Path

from checks.tree import ROOT, Problem, metadata, run

FOLDER = ROOT / "bindings" / "node"


def make(files, say):
    """Builds the native module and the JavaScript, and packs both."""
    say("node: building the native module")
    run("cargo", "build", "--locked", "--release", "-p", "mfakit-node")
    run("npm", "ci", "--prefix", str(FOLDER), "--ignore-scripts", "--no-audit", "--no-fund")
    run("npm", "run", "build", "--prefix", str(FOLDER))
    library = Path(metadata()["target_directory"]) / "release" / "libmfakit_node.so"
    packed = run("node", str(FOLDER / "scripts" / "package.mjs"), str(library), str(files)).split()
    run("rm", "-r", str(files / "staged"))
    if len(packed) != 2 or not all(Path(path).is_file() for path in packed):
        raise Problem("two npm packages were to be made")
    names = [json.loads(run("tar", "--extract", "--to-stdout", "--file", path, "package/package.json")) for path in packed]
    # What the main package asks for is there first.
    return [
        f"npm publish --provenance --access public {Path(path).name}    # {about['name']}@{about['version']}"
        for path, about in zip(packed, names)
    ]
