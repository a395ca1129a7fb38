"""Measures what is installed beside other libraries, and beside Rust.

    python3 bench.py                    everything; needs the wheel (`check.py wheel`) and, for `engine`,
                                        `cargo build --release -p interop --bin in_flight`
    python3 bench.py otp                some: otp, engine, imports
    python3 bench.py --once             each once, untimed: what `check.py benches` does

Figures and what they are worth are in docs/performance.md. The environment lives in target/python/bench.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from check import HERE, TARGET, WHEELS, WORK, environment, run

BENCH = WORK / "bench"
# It has one name with libpass, and therefore a folder of its own.
PASSLIB = "passlib==1.7.4"
BENCHES = ("otp", "engine", "imports")


def prepare() -> None:
    """Installs the wheel and what it is compared with, unless they are there."""
    (wheel,) = WHEELS.glob("*.whl")
    wanted = HERE / "requirements-bench.txt"
    contents = wanted.read_bytes() + wheel.read_bytes() + PASSLIB.encode() + sys.version.encode()
    digest, mark = hashlib.sha256(contents).hexdigest(), BENCH / "installed"
    if mark.exists() and mark.read_text() == digest:
        return
    environment(BENCH)
    pip = (BENCH / "bin" / "pip", "install", "-q", "--disable-pip-version-check")
    run(*pip, "-r", wanted, wheel)
    run(*pip, "--no-deps", "--target", BENCH / "passlib", PASSLIB)
    mark.write_text(digest)


def commands(name: str, once: bool) -> list[list[object]]:
    """What a benchmark runs."""
    python = [BENCH / "bin" / "python", HERE / "benches" / f"{name}.py"]
    if name == "otp":
        python.append(BENCH / "passlib")
    if once:
        return [[*python, "--once"]]
    if name == "engine":
        rust = TARGET / "release" / "in_flight"
        return [[*python, 24], [rust, 96, 1], [rust, 96]]
    return [python]


def main(arguments: list[str]) -> int:
    """Runs them."""
    prepare()
    once = "--once" in arguments
    for name in [it for it in arguments if it != "--once"] or BENCHES:
        for command in commands(name, once):
            print(f"{name}:", flush=True)
            subprocess.run([str(it) for it in command], check=True, cwd=Path(WORK))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
