"""The order of a release: what is checked first, what is made, and what is said at the end."""

import hashlib
import shutil
import sys
import time

from checks import version
from checks.tree import ROOT, Problem, run

from . import crates, node, python, sboms

FILES = ROOT / "target" / "release-files"
# In this order: what others rest on comes first.
PARTS = {"crates": crates, "python": python, "node": node, "sboms": sboms}


def main(arguments):
    """Makes the parts that are named, or all of them."""
    if "--list" in arguments:
        for name, part in PARTS.items():
            print(f"{name:<8} {part.__doc__.splitlines()[0]}")
        return 0
    dry = "--dry-run" in arguments
    chosen = [argument for argument in arguments if argument != "--dry-run"] or list(PARTS)
    unknown = [name for name in chosen if name not in PARTS]
    if unknown:
        print(f"no such part: {', '.join(unknown)}; `scripts/release --list` shows them", file=sys.stderr)
        return 2
    number = version.of_the_workspace()
    say(f"mfakit {number}{', a dry run' if dry else ''}")
    problems = version.violations() + ([] if dry else before_a_release(number))
    if problems:
        raise Problem("; ".join(problems))
    if chosen == list(PARTS) and FILES.exists():
        shutil.rmtree(FILES)
    FILES.mkdir(parents=True, exist_ok=True)
    plan = []
    for name in chosen:
        started = time.monotonic()
        say(f"{name}: {PARTS[name].__doc__.splitlines()[0]}")
        plan += PARTS[name].make(FILES, say)
        say(f"{name}: {time.monotonic() - started:.0f} s")
    say(f"{checksums()} files in {FILES.relative_to(ROOT)}, with SHA256SUMS")
    print("\nWhat a person publishes, in this order (RELEASING.md):\n")
    for step in plan:
        print(f"    {step}")
    return 0


def before_a_release(number):
    """What a release asks of the tree and a dry run does not."""
    found = []
    if run("git", "status", "--porcelain").strip():
        found.append("the tree has changes that are not committed")
    if version.parts(number) == (0, 0, 0):
        found.append("0.0.0 stands for no release: set `version` in Cargo.toml")
    if f"## [{number}] - " not in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"):
        found.append(f"CHANGELOG.md has no section `## [{number}] - DATE`")
    return found


def checksums():
    """Writes SHA256SUMS over all files, and says how many there are."""
    made = sorted(path for path in FILES.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    if not made:
        raise Problem("nothing was made")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(FILES)}" for path in made]
    (FILES / "SHA256SUMS").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(made)


def say(text):
    """A line of progress."""
    print(f"==> {text}", flush=True)
