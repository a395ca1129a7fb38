"""The version stands in one place, Cargo.toml, and everything else follows it."""

import json
import re
import tomllib

from .tree import ROOT, files

NPM_LOCK = "bindings/node/package-lock.json"


def version(report):
    """every package has the version of Cargo.toml, and the changelog begins with what is to come"""
    report.note(of_the_workspace())
    report.lines(violations())


def of_the_workspace():
    """The version."""
    return manifest()["workspace"]["package"]["version"]


def manifest():
    """The workspace's Cargo.toml."""
    return tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))


def violations():
    """Where another version stands, and what is wrong with the changelog."""
    number = of_the_workspace()
    paths = [path.as_posix() for path in files()]
    found = crate_versions(manifest(), number)
    for path in paths:
        if path.endswith("/package.json"):
            found += package_versions(path, json.loads((ROOT / path).read_text(encoding="utf-8")), number)
    # What `npm install` writes and `npm ci` does not compare.
    lock = json.loads((ROOT / NPM_LOCK).read_text(encoding="utf-8"))
    found += package_versions(NPM_LOCK, lock["packages"][""], number)
    if f"Version {number}" not in (ROOT / "README.md").read_text(encoding="utf-8"):
        found.append(f"README.md: its status does not say `Version {number}`")
    return found + changelog_faults((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), number)


def crate_versions(data, number):
    """Our crates that the workspace names with another version."""
    return [
        f"Cargo.toml: `{name}` is asked for as `{entry['version']}`, and the version is {number}"
        for name, entry in data["workspace"]["dependencies"].items()
        if isinstance(entry, dict) and "path" in entry and entry.get("version", number) != number
    ]


def package_versions(path, data, number):
    """The package of this file, and ours among those it asks for, that have another version."""
    named = {data.get("name", path): data.get("version", number)}
    for kind in ("dependencies", "optionalDependencies"):
        named |= {name: asked for name, asked in data.get(kind, {}).items() if re.match(r"(@mfakit/|mfakit\b)", name)}
    return [
        f"{path}: `{name}` is `{has}`, and the version is {number}"
        for name, has in named.items()
        if has != number and not str(has).startswith("file:")
    ]


def changelog_faults(text, number):
    """What is wrong with the headings of the changelog: what is to come is on top, and versions fall."""
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    if not headings or headings[0] != "[Unreleased]":
        return ["CHANGELOG.md: the first section is not `## [Unreleased]`"]
    found = []
    versions = []
    for heading in headings[1:]:
        match = re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}", heading)
        if match:
            versions.append(parts(match[1]))
        else:
            found.append(f"CHANGELOG.md: `## {heading}` is no `## [X.Y.Z] - YYYY-MM-DD`")
    if versions != sorted(set(versions), reverse=True):
        found.append("CHANGELOG.md: the versions do not fall")
    if versions and versions[0] > parts(number):
        found.append(f"CHANGELOG.md: names a version later than {number}")
    return found


def parts(number):
    """The three numbers of a version."""
    return tuple(int(part) for part in number.split("-")[0].split("."))
