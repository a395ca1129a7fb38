"""Miri interprets the core's unit tests and stops at undefined behaviour: in our dependencies, since the core has no
unsafe code itself."""

import re
import shutil

from .tree import Problem, run

TOOLCHAIN = "nightly"
COMPONENTS = ("miri", "rust-src")
# Without QR codes, of which one takes an interpreter a minute.
FEATURES = ("--no-default-features", "--features", "migration")
# Properties are read from their first cases only, and their failures not kept: an interpreter is a thousand times slower.
ENVIRONMENT = {
    "MIRIFLAGS": "-Zmiri-disable-isolation",
    "PROPTEST_CASES": "2",
    "PROPTEST_DISABLE_FAILURE_PERSISTENCE": "true",
}


def miri(report):
    """miri finds no undefined behaviour under the core's unit tests"""
    add_miri(report)
    report.progress("interpreting; some minutes")
    output = run(
        "cargo", f"+{TOOLCHAIN}", "miri", "test", "--locked", "-p", "mfakit-core", "--lib", *FEATURES,
        "--target-dir", "target/miri", env=ENVIRONMENT,
    )  # fmt: skip
    passed, ignored = counts(output)
    report.note(f"{passed} tests, {ignored} left out as too slow to interpret")
    if not passed:
        raise Problem("no test ran under miri")


def counts(output):
    """How many tests passed and were ignored, by the `test result:` lines of cargo."""
    found = re.findall(r"^test result: ok\. (\d+) passed; 0 failed; (\d+) ignored", output, re.MULTILINE)
    return sum(int(passed) for passed, _ in found), sum(int(ignored) for _, ignored in found)


def add_miri(report):
    """Installs miri where it is missing."""
    if is_there():
        return
    advice = f"install miri: `rustup toolchain install {TOOLCHAIN} --profile minimal --component {','.join(COMPONENTS)}`"
    if shutil.which("rustup") is None:
        raise Problem(f"{advice} (needs rustup, which is not installed)")
    report.progress(f"installing miri for the toolchain `{TOOLCHAIN}`, once")
    try:
        if TOOLCHAIN not in {name.split("-")[0] for name in run("rustup", "toolchain", "list").split()}:
            run("rustup", "toolchain", "install", TOOLCHAIN, "--profile", "minimal", "--no-self-update")
        run("rustup", "component", "add", "--toolchain", TOOLCHAIN, *COMPONENTS)
    except Problem as problem:
        raise Problem(f"{advice}; tried here:\n{problem}") from None


def is_there():
    """Whether the toolchain has miri and the sources it interprets."""
    try:
        installed = run("rustup", "component", "list", "--installed", "--toolchain", TOOLCHAIN)
    except Problem:
        return False
    return all(any(line.startswith(component) for line in installed.split()) for component in COMPONENTS)
