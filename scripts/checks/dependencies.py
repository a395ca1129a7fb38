"""What we link: where it comes from, under which licence, how often, and why."""

import json
import re
import tomllib

from .core import crates_of
from .tree import CRATES_IO, ROOT, files, metadata, our_packages, run

REASONS = "docs/dependencies.md"
# The packages that people install, inner to outer.
SHIPPED = (
    "mfakit-core", "mfakit-store", "mfakit-sqlite", "mfakit-postgres", "mfakit-redis", "mfakit-connect", "mfakit",
    "mfakit-cli", "mfakit-python", "mfakit-node",
)  # fmt: skip
NPM = "https://registry.npmjs.org/"


def licences(report):
    """every package's licence is on the list in deny.toml"""
    packages = [package for package in metadata()["packages"] if package["source"]]
    report.note(f"{len(packages)} packages")
    report.lines(licence_violations(packages, (ROOT / "deny.toml").read_text()))


def licence_violations(packages, deny_toml):
    """The packages whose licence expression is not satisfied by what `deny.toml` allows."""
    allowed = strings(table(deny_toml, "allow"))
    exceptions = dict(re.findall(r'crate\s*=\s*"([^"@]+)[^}]*?allow\s*=\s*\[([^\]]*)\]', table(deny_toml, "exceptions")))
    return [
        f"{package['name']} {package['version']}: `{package['license']}`"
        for package in packages
        if not satisfied(package["license"], allowed | strings(exceptions.get(package["name"], "")))
    ]


def table(deny_toml, key):
    """The text of a list in `deny.toml` that begins on a line of its own: `key = [` to a `]` there or at the end."""
    found = re.search(rf"^{key}\s*=\s*\[(.*?)\]$", deny_toml, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else ""


def strings(text):
    """The quoted strings of a text, its comments left out."""
    return set(re.findall(r'"([^"]+)"', re.sub(r"#.*", "", text)))


def satisfied(expression, allowed):
    """Whether an SPDX expression of AND, OR, WITH and brackets holds when only `allowed` holds."""
    if not expression:
        return False
    # Before SPDX, `/` stood for OR.
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))
    position = 0

    def either():
        nonlocal position
        holds = both()
        while position < len(tokens) and tokens[position] == "OR":
            position += 1
            holds = both() or holds
        return holds

    def both():
        nonlocal position
        holds = one()
        while position < len(tokens) and tokens[position] == "AND":
            position += 1
            holds = one() and holds
        return holds

    def one():
        nonlocal position
        token = tokens[position] if position < len(tokens) else ""
        position += 1
        if token == "(":
            holds = either()
            position += 1
            return holds
        if tokens[position : position + 1] == ["WITH"]:
            token = " ".join(tokens[position - 1 : position + 2])
            position += 2
        return token in allowed

    return either() and position == len(tokens)


def sources(report):
    """every package comes from crates.io or npm's registry, none from git or elsewhere"""
    packages = metadata()["packages"]
    locks = {str(path): (ROOT / path).read_text() for path in files() if path.name == "package-lock.json"}
    report.lines(source_violations(packages) + npm_source_violations(locks))


def source_violations(packages):
    """The packages that come from neither crates.io nor this workspace."""
    return [
        f"{package['name']} {package['version']} comes from {package['source']}"
        for package in packages
        if package["source"] not in (None, CRATES_IO)
    ]


def npm_source_violations(locks):
    """The entries of npm lock files, text by path, that name another source or have no checksum."""
    found = []
    for path, text in locks.items():
        for name, entry in json.loads(text).get("packages", {}).items():
            if not name:
                continue
            if not entry.get("resolved", NPM).startswith(NPM):
                found.append(f"{path}: {name} comes from {entry['resolved']}")
            if "integrity" not in entry:
                found.append(f"{path}: {name} has no checksum")
    return found


def duplicates(report):
    """lists the packages that are there in several versions; deny.toml excuses each with a reason"""
    several = multiple_versions(metadata()["packages"])
    report.note(", ".join(f"{name} {' and '.join(sorted(v))}" for name, v in sorted(several.items())) or "none")
    report.lines(duplicate_violations(metadata(), (ROOT / "deny.toml").read_text()))


def multiple_versions(packages):
    """The versions, by name, of the packages that are there in more than one."""
    versions = {}
    for package in packages:
        versions.setdefault(package["name"], set()).add(package["version"])
    return {name: found for name, found in versions.items() if len(found) > 1}


def duplicate_violations(data, deny_toml):
    """Packages in several versions that `deny.toml` excuses neither by name nor as part of a tree."""
    excused = crate_names(table(deny_toml, "skip"))
    trees = below(data, crate_names(table(deny_toml, "skip-tree")))
    rest = [package for package in data["packages"] if package["id"] not in trees]
    return [
        f"{name} is there in versions {' and '.join(sorted(found))}"
        for name, found in sorted(multiple_versions(rest).items())
        if name not in excused
    ]


def crate_names(text):
    """The names in `crate = "name@version"`, each with a reason beside it."""
    return set(re.findall(r'crate\s*=\s*"([^"@]+)[^}]*\breason\s*=\s*"[^"]+"', text))


def below(data, roots):
    """The ids of the packages of these names and of everything they depend on."""
    nodes = {node["id"]: node["dependencies"] for node in data["resolve"]["nodes"]}
    waiting = [package["id"] for package in data["packages"] if package["name"] in roots]
    seen = set()
    while waiting:
        package = waiting.pop()
        if package not in seen:
            seen.add(package)
            waiting += nodes[package]
    return seen


def reasons(report):
    """each direct dependency has its reason in docs/dependencies.md, and nothing else has one"""
    manifests = {str(p): (ROOT / p).read_text() for p in files() if p.name == "package.json"}
    python = {str(p): (ROOT / p).read_text() for p in files() if re.match(r"pyproject\.toml|requirements-\w+\.txt", p.name)}
    kinds = {
        "crates": direct_dependencies(metadata()),
        "from npm": npm_dependencies(manifests),
        "from PyPI": python_dependencies(python),
    }
    report.note(", ".join(f"{len(names)} {kind}" for kind, names in kinds.items()))
    report.lines(reason_violations(set().union(*kinds.values()), (ROOT / REASONS).read_text()))


def direct_dependencies(data):
    """The names of the packages that one of ours names in its manifest."""
    ours = our_packages(data)
    return {
        dependency["name"]
        for package in ours.values()
        for dependency in package["dependencies"]
        if dependency["name"] not in ours
    }


def npm_dependencies(manifests):
    """The names of the packages that a package.json names, text by path."""
    found = set()
    for text in manifests.values():
        manifest = json.loads(text)
        for kind in ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies"):
            found |= set(manifest.get(kind, {}))
    return found


def python_dependencies(texts):
    """The names of the packages that a pyproject.toml or a file of requirements names, text by path."""
    asked = []
    for path, text in texts.items():
        if path.endswith(".toml"):
            data = tomllib.loads(text)
            project = data.get("project", {})
            asked += data["build-system"]["requires"] + project.get("dependencies", [])
            asked += [each for extra in project.get("optional-dependencies", {}).values() for each in extra]
        else:
            asked += [line for line in text.splitlines() if line and not line.startswith("#")]
    return {re.match(r"[\w.-]+", each)[0].lower() for each in asked}


def reason_violations(direct, document):
    """Direct dependencies without a row with a reason, and rows without a direct dependency."""
    rows = re.findall(r"^\|\s*`([^`]+)`\s*\|(.*)\|\s*$", document.partition("\n## ")[0], re.MULTILINE)
    reasoned = {name for name, cells in rows if all(cell.strip() for cell in cells.split("|"))}
    missing = [f"{name} has no reason in {REASONS}" for name in sorted(direct - reasoned)]
    gone = [f"{REASONS} gives a reason for {name}, which nothing uses" for name in sorted(reasoned - direct)]
    return missing + gone


def counts(report):
    """docs/dependencies.md says how many crates of others each of our packages links"""
    linked = {name: (linked_crates(name), linked_crates(name, "--all-features")) for name in SHIPPED}
    report.note(", ".join(f"{name} {few} to {all_}" for name, (few, all_) in linked.items()))
    report.lines(count_violations(linked, (ROOT / REASONS).read_text()))


def linked_crates(package, *features):
    """How many crates of others a package links on Linux; what runs at build time alone is not among them."""
    tree = run(
        "cargo", "tree", "--locked", "-p", package, *features, "--target", "x86_64-unknown-linux-gnu",
        "-e", "normal,no-proc-macro", "--prefix", "none",
    )  # fmt: skip
    ours = our_packages(metadata())
    return len({crate for crate in crates_of(tree) if crate.split()[0] not in ours})


def count_violations(linked, document):
    """The packages whose numbers, with default features and with all, are not those of the document's last table."""
    table_ = document.partition("\n## ")[2]
    rows = {name: (int(few), int(all_)) for name, few, all_ in re.findall(r"^\| `(\S+)` \| (\d+) \| (\d+) \|$", table_, re.MULTILINE)}
    found = [f"{REASONS} says {rows.get(name)} of {name}, which links {has}" for name, has in linked.items() if rows.get(name) != has]
    return found + [f"{REASONS} counts {name}, which is not shipped" for name in sorted(rows.keys() - linked.keys())]
