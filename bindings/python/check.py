"""Builds the wheel, installs it into a fresh environment, and tests what is installed.

    python3 check.py              everything; needs MFAKIT_TEST_POSTGRES and MFAKIT_TEST_REDIS,
                                  as `scripts/postgres run scripts/redis run` sets them
    python3 check.py tests        some steps; `--list` names them

The environments live in target/python. The last line is `N passed, N failed`.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
WORK = TARGET / "python"
TOOLS = WORK / "tools"
WHEELS = WORK / "wheels"
SOURCES = WORK / "sdist"
# The wheel is tested under each of these that the machine has; the tools run under the first.
VERSIONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]

passed = failed = 0


def run(*command: str | Path, cwd: Path = HERE, **environment: str) -> str:
    """Runs a command; its output comes back, and ends the step if it failed."""
    shown = " ".join(str(it) for it in command)
    print(f"$ {shown}", flush=True)
    ended = subprocess.run(
        [str(it) for it in command],
        cwd=cwd,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    print(ended.stdout, flush=True)
    if ended.returncode != 0:
        raise RuntimeError(f"{shown}: {ended.returncode}")
    return ended.stdout


def tool(name: str) -> Path:
    """A program of the environment of the tests."""
    return TOOLS / "bin" / name


def environment(folder: Path, python: str = sys.executable) -> None:
    """Makes a fresh virtual environment."""
    shutil.rmtree(folder, ignore_errors=True)
    run(python, "-m", "venv", folder)


def prepare() -> None:
    """Installs the pinned tools, unless they are there."""
    wanted = HERE / "requirements-test.txt"
    mark = TOOLS / "installed"
    digest = hashlib.sha256(wanted.read_bytes() + sys.version.encode()).hexdigest()
    if mark.exists() and mark.read_text() == digest:
        return
    environment(TOOLS)
    run(tool("pip"), "install", "-q", "--disable-pip-version-check", "-r", wanted)
    mark.write_text(digest)


def step_wheel() -> int:
    """Builds the wheel, and installs it in place of any other."""
    shutil.rmtree(WHEELS, ignore_errors=True)
    # The tree's own target folder, and the interpreter of the tools, whatever the caller's environment says.
    build = ("build", "--release", "--locked", "--out", WHEELS)
    run(tool("maturin"), *build, PYO3_PYTHON=str(tool("python")), CARGO_TARGET_DIR=str(TARGET))
    (wheel,) = WHEELS.glob("*.whl")
    if "cp310-abi3" not in wheel.name:
        raise RuntimeError(f"{wheel.name} is not of the stable interface")
    with zipfile.ZipFile(wheel) as files:
        held = {name.rsplit("/", 1)[-1] for name in files.namelist()}
    if missing := {"LICENSE-APACHE", "LICENSE-MIT", "py.typed"} - held:
        raise RuntimeError(f"{wheel.name} lacks {missing}")
    install = ("install", "-q", "--disable-pip-version-check", "--force-reinstall", "--no-deps")
    run(tool("pip"), *install, wheel)
    return 1


def step_sdist() -> int:
    """The sources as pip builds them, in a folder outside of the tree, installed and tried."""
    shutil.rmtree(SOURCES, ignore_errors=True)
    run(tool("maturin"), "sdist", "--out", SOURCES)
    (archive,) = SOURCES.glob("*.tar.gz")
    # How fast it runs is not asked here, so that most of the time that a release build takes is saved.
    cheap = {
        "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16",
        "CARGO_PROFILE_RELEASE_DEBUG": "false",
        "CARGO_PROFILE_RELEASE_LTO": "off",
        "CARGO_PROFILE_RELEASE_OPT_LEVEL": "0",
        "CARGO_TARGET_DIR": str(WORK / "sdist-build"),
    }
    with tempfile.TemporaryDirectory(prefix="mfakit-sdist.") as elsewhere:
        folder = Path(elsewhere)
        environment(folder / "venv")
        run(folder / "venv/bin/pip", "install", "-q", "--disable-pip-version-check", archive, cwd=folder, **cheap)
        run(folder / "venv/bin/python", HERE / "tests" / "smoke.py", cwd=folder)
        run(folder / "venv/bin/mfakit", "--version", cwd=folder)
    return 1


def step_lint() -> int:
    """Ruff, and whether what a script wrote is current."""
    run(tool("ruff"), "check", ".")
    run(tool("ruff"), "format", "--check", ".")
    run(sys.executable, "stubs.py", "--check")
    run(sys.executable, "reference.py", "--check")
    return 4


def step_types() -> int:
    """The types, as two checkers see them, and the stubs against what is installed."""
    outside = WORK / "elsewhere"
    outside.mkdir(parents=True, exist_ok=True)
    allow = HERE / "tests" / "stubtest-allow.txt"
    python = f"--python-executable={tool('python')}"
    config = HERE / "tests" / "mypy.ini"
    stubs = ("-m", "mypy.stubtest", "mfakit", "--allowlist", allow, "--mypy-config-file", config)
    run(tool("python"), *stubs, "--ignore-unused-allowlist", cwd=outside)
    strict = (f"--config-file={config}", "--strict", python)
    run(tool("mypy"), *strict, HERE / "tests" / "typing", cwd=outside)
    run(tool("mypy"), *strict, "-p", "mfakit", cwd=outside)
    run(tool("pyright"), "--pythonpath", tool("python"), HERE / "tests" / "typing", cwd=outside)
    return 4


def step_tests() -> int:
    """What is installed, by pytest: the tests, and the README's examples."""
    # The other side of the tests of the languages.
    run("cargo", "build", "--locked", "-p", "interop", cwd=ROOT)
    said = run(
        tool("pytest"),
        "-p",
        "no:cacheprovider",
        RUST_BACKTRACE="0",
        PATH=f"{TOOLS / 'bin'}:{os.environ['PATH']}",
    )
    return counted(said)


def step_django() -> int:
    """The Django application by Django's own client, and its store by the suite, on SQLite and PostgreSQL."""
    count = 0
    for database in ("sqlite", "postgres"):
        django = ("-p", "no:cacheprovider", "django_tests")
        count += counted(run(tool("pytest"), *django, MFAKIT_DJANGO_DATABASE=database, RUST_BACKTRACE="0"))
    return count


def step_examples() -> int:
    """The recipes, each by its framework's own test client."""
    count = 0
    for folder in sorted((ROOT / "examples").glob("python-*")):
        count += counted(run(tool("pytest"), "-p", "no:cacheprovider", "-q", ".", cwd=folder))
    return count


def step_benches() -> int:
    """Each benchmark once, untimed, beside what it compares with."""
    run(sys.executable, "bench.py", "--once")
    return 1


def step_versions() -> int:
    """One wheel under every Python that the machine has."""
    count = 0
    (wheel,) = WHEELS.glob("*.whl")
    for version in VERSIONS:
        python = find_python(version)
        if python is None:
            print(f"Python {version}: not on this machine, not tested")
            continue
        folder = WORK / f"py{version}"
        environment(folder, python)
        run(folder / "bin" / "pip", "install", "-q", "--disable-pip-version-check", wheel)
        run(folder / "bin" / "python", HERE / "tests" / "smoke.py", cwd=WORK)
        print(f"Python {version}: tested")
        count += 1
    return count


def find_python(version: str) -> str | None:
    """An interpreter of this version that runs."""
    candidates = [f"python{version}", *Path.home().glob(f".pyenv/versions/{version}.*/bin/python3")]
    for candidate in candidates:
        probe = [str(candidate), "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"]
        try:
            said = subprocess.run(probe, capture_output=True, text=True, timeout=60)
        except OSError:
            continue
        if said.returncode == 0 and said.stdout.strip() == version:
            return str(candidate)
    return None


def counted(said: str) -> int:
    """How many tests pytest says have passed."""
    found = re.findall(r"(\d+) passed", said)
    if not found or " skipped" in said:
        raise RuntimeError("no test ran, or some were skipped")
    return int(found[-1])


STEPS = {name.removeprefix("step_"): function for name, function in list(globals().items()) if name.startswith("step_")}


def main(names: list[str]) -> int:
    """Runs the steps."""
    global passed, failed
    if names == ["--list"]:
        for name, function in STEPS.items():
            print(f"{name:10} {function.__doc__}")
        return 0
    prepare()
    for name in names or STEPS:
        started = time.monotonic()
        try:
            passed += STEPS[name]()
            ended = "ok"
        except Exception as error:
            failed += 1
            ended = f"FAILED: {error}"
        print(f"{name}: {ended}, {time.monotonic() - started:.0f} s", flush=True)
        if name == "wheel" and failed:
            break
    print(f"{passed} passed, {failed} failed")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
