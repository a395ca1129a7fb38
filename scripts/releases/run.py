"""The order of a release: what is checked first, what is made, and what is said at the end."""

import hashlib
import re
import shutil
import sys
import time

from checks import version
from checks.tree import ROOT, Problem, run

from . import crates, inside, node, python, sboms

FILES = ROOT / "target" / "release-files"
# In this order: the wheel has its list inside.
PARTS = {"sboms": sboms, "crates": crates, "python": python, "node": node}
# And these are published in this order, each to its place.
PLACES = {
    "crates": "crates.io, each behind those it depends on",
    "python": "PyPI",
    "node": "npm, the native module first",
    "sboms": "beside the tag, with the files above and SHA256SUMS",
}


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
    plan = {}
    for name in chosen:
        started = time.monotonic()
        say(f"{name}: {PARTS[name].__doc__.splitlines()[0]}")
        plan[name] = PARTS[name].make(FILES, say)
        say(f"{name}: {time.monotonic() - started:.0f} s")
    say(f"{inside.look(FILES)} files are as they have to be inside")
    say(f"{checksums()} files in {FILES.relative_to(ROOT)}, with SHA256SUMS")
    print("\nWhat a person does now, in this order (RELEASING.md):\n")
    print(f"the tag\n    git tag --sign v{number}")
    for name, place in PLACES.items():
        if name in plan:
            print("\n    ".join([place, *plan[name]]))
    return 0


def before_a_release(number):
    """What a release asks of the tree and a dry run does not."""
    tagged = run("git", "tag", "--list", f"v{number}", "--format", "%(*objectname)%(objectname)").strip()
    return release_faults(
        number,
        changed=bool(run("git", "status", "--porcelain").strip()),
        elsewhere=bool(tagged) and run("git", "rev-parse", "HEAD").strip() not in tagged,
        repository=version.manifest()["workspace"]["package"].get("repository"),
        changelog=(ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
    )


def release_faults(number, changed, elsewhere, repository, changelog):
    """What stands in the way of a release of this version."""
    found = []
    if changed:
        found.append("the tree has changes that are not committed")
    if elsewhere:
        found.append(f"the tag v{number} is there already, on another commit")
    if not repository:
        found.append("Cargo.toml names no `repository`, by which registries resolve the links of a README")
    if version.parts(number) == (0, 0, 0):
        found.append("0.0.0 stands for no release: set `version` in Cargo.toml")
    sections = dict(re.findall(r"^## \[(.*?)\][^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL))
    if not sections.get(number, "").strip():
        found.append(f"CHANGELOG.md has no section `## [{number}] - DATE`, or nothing in it")
    if sections.get("Unreleased", "").strip():
        found.append(f"CHANGELOG.md has lines under `Unreleased`, which {number} would leave out")
    return found


def checksums():
    """Writes SHA256SUMS over all files, as `sha256sum --check` reads it, and says how many there are."""
    made = sorted(path for path in FILES.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    if not made:
        raise Problem("nothing was made")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(FILES)}" for path in made]
    (FILES / "SHA256SUMS").write_text("\n".join(lines) + "\n", encoding="utf-8")
    run("sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS", cwd=FILES)
    return len(made)


def say(text):
    """A line of progress."""
    print(f"==> {text}", flush=True)
