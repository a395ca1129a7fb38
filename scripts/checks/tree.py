"""What the checks look at: the files of the tree, and what cargo says about its packages."""

import json
import os
import subprocess
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# The one registry packages may come from, as Cargo.lock names it.
CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"


class Problem(Exception):
    """A check could not be made at all: a tool is missing, or a command failed."""


def run(*command, cwd=None, env=None):
    """The standard output of a command; a `Problem` with its last lines when it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd or ROOT,
            env={**os.environ, "CARGO_TERM_COLOR": "never", **(env or {})},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise Problem(f"`{command[0]}` is not installed") from None
    if done.returncode != 0:
        tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-25:])
        raise Problem(f"`{' '.join(command)}` failed:\n{tail}")
    return done.stdout


def files(root=ROOT):
    """Every file that is in the repository or would be with `git add --all`, relative to `root`."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=root)
    paths = (Path(name) for name in sorted(set(listed.split("\0"))) if name)
    return [path for path in paths if (root / path).is_file()]


@lru_cache(maxsize=None)
def metadata():
    """`cargo metadata` of the workspace with every feature, as cargo resolved it in Cargo.lock."""
    return json.loads(
        run("cargo", "metadata", "--locked", "--format-version", "1", "--all-features")
    )


def our_packages(data):
    """The packages of the workspace, by name."""
    ours = set(data["workspace_members"])
    return {package["name"]: package for package in data["packages"] if package["id"] in ours}


def folder_of(package, data):
    """The folder of a package, relative to the workspace, with forward slashes."""
    folder = Path(package["manifest_path"]).parent
    return folder.relative_to(data["workspace_root"]).as_posix()


def targets(data, kind, folder=""):
    """`(package, target)` names of every target of a kind (`bin`, `bench`), of packages under a folder."""
    found = []
    for package in our_packages(data).values():
        place = folder_of(package, data)
        if folder and place != folder and not place.startswith(folder + "/"):
            continue
        found += [
            (package["name"], target["name"])
            for target in package["targets"]
            if kind in target["kind"]
        ]
    return sorted(found)
