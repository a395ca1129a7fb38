"""cargo-deny: bans, licences and sources, by the rules in deny.toml."""

import shutil
import subprocess

from .tree import ROOT, Problem, run

VERSION = "0.20.2"
TOOLS = ROOT / "target" / "tools"


def deny(report):
    """cargo-deny finds nothing against the bans, licences and sources of deny.toml"""
    run(cargo_deny(report), "--locked", "--all-features", "check", "bans", "licenses", "sources")


def cargo_deny(report):
    """The path of a cargo-deny of the version we use; built from source when there is none."""
    for candidate in (str(TOOLS / "bin" / "cargo-deny"), shutil.which("cargo-deny")):
        if candidate and version_of(candidate) == VERSION:
            return candidate
    report.progress(f"building cargo-deny {VERSION} into target/tools, once; about two minutes of two cores")
    try:
        run("cargo", "install", "--locked", "--quiet", "--root", str(TOOLS), "--version", VERSION, "cargo-deny")
    except Problem as problem:
        raise Problem(f"cargo-deny {VERSION} is missing and could not be built: {problem}") from None
    return str(TOOLS / "bin" / "cargo-deny")


def version_of(program):
    """The version a cargo-deny says it has; empty where it does not run."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.split()[-1] if done.returncode == 0 and done.stdout.strip() else ""
