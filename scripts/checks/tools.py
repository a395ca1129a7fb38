"""Programs that the slow checks need: taken if the right version is there, built from source otherwise."""

import shutil
import subprocess
from pathlib import Path

from .tree import ROOT, Problem, run

TOOLS = ROOT / "target" / "tools"


def tool(report, package, version, *options, takes):
    """The path of a program of this version, which has its package's name; built once where there is none."""
    built = str(TOOLS / "bin" / package)
    for candidate in (built, shutil.which(package)):
        if candidate and version_of(candidate) == version:
            return candidate
    report.progress(f"building {package} {version} into target/tools, once; {takes}")
    try:
        run("cargo", "install", "--locked", "--quiet", "--root", str(TOOLS), "--version", version, *options, package)
    except Problem as problem:
        raise Problem(f"{package} {version} is missing and could not be built: {problem}") from None
    return built


def version_of(program):
    """The version that a program says it has; empty where it does not run."""
    # Some commands of cargo say it by themselves, others only as cargo calls them.
    as_cargo_calls = Path(program).name.removeprefix("cargo-")
    for arguments in (["--version"], [as_cargo_calls, "--version"]):
        try:
            done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
        except OSError:
            return ""
        if done.returncode == 0 and done.stdout.strip():
            return done.stdout.split()[-1].removeprefix("v")
    return ""
