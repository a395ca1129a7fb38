"""How what is released is built: apart from the development builds, and without a trace of the machine."""

import os
import sys
from pathlib import Path

from checks.tree import ROOT, run

BUILDS = ROOT / "target" / "release-builds"
TOOLS = ROOT / "target" / "release-tools"
REQUIREMENTS = ROOT / "scripts" / "releases" / "requirements-release.txt"


def cargo_home():
    """Where cargo keeps the sources of others."""
    return Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))


def environment():
    """What compilers are told by: a folder of its own, and other names for where the sources lie."""
    # The last that fits is taken.
    names = ((Path.home(), "home"), (cargo_home(), "cargo"), (ROOT, "mfakit"))
    rust = [f"--remap-path-prefix={path}=/{name}" for path, name in names]
    c = [f"-ffile-prefix-map={path}=/{name}" for path, name in reversed(names)]
    return {
        "CARGO_TARGET_DIR": str(BUILDS),
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(rust),
        "CFLAGS": " ".join(c),
        # Built of what is here, whatever the caller's Python is.
        "PYO3_PYTHON": sys.executable,
    }


def tools():
    """The folder of maturin, twine and the validator of lists, pinned, in an environment of their own."""
    mark = TOOLS / "installed.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if not mark.is_file() or mark.read_text(encoding="utf-8") != wanted:
        run(sys.executable, "-m", "venv", "--clear", str(TOOLS))
        run(str(TOOLS / "bin" / "pip"), "install", "--quiet", "--requirement", str(REQUIREMENTS))
        mark.write_text(wanted, encoding="utf-8")
    return TOOLS / "bin"
