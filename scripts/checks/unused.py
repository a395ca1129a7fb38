"""Dependencies that nothing uses: the compiler says it of crates, a search of npm packages.

Rust's lint `unused_crate_dependencies` speaks of one target at a time, and a test uses what a library does not.
Here a dependency counts as unused when every target that is given it says so. Needed only to be linked, a crate is
named in the code as `use it as _;`.
"""

import json
import re
from pathlib import Path

from .tree import ROOT, Problem, files, metadata, our_packages, run

LINT = Path(__file__).with_name("unused_lint")
# The kind of a dependency, as cargo calls it, and the name for people.
KINDS = {None: "dependency", "dev": "dev-dependency", "build": "build-dependency"}
SCRIPTS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts")


def unused(report):
    """each crate and npm package that a manifest names is used by what it is named for"""
    data = metadata()
    # Told by a wrapper around the compiler of our crates alone, it leaves the builds of all others as they are.
    said = run(
        *("cargo", "check", "--locked", "--workspace", "--all-features", "--all-targets", "--message-format", "json"),
        env={"RUSTC_WORKSPACE_WRAPPER": str(LINT)},
    )
    asked = asked_for(data)
    report.note(f"{sum(map(len, asked.values()))} crates in {len(asked)} manifests")
    report.lines(crate_violations(asked, units(map(json.loads, said.splitlines()), our_packages(data))))
    texts = {path.as_posix(): path for path in files() if path.suffix in SCRIPTS or path.name.endswith(".json")}
    report.lines(npm_violations({name: (ROOT / path).read_text(encoding="utf-8") for name, path in texts.items()}))


def asked_for(data):
    """What each of our packages asks for, by its name: pairs of a kind and the name that the code knows it by."""
    ours = {package["id"]: name for name, package in our_packages(data).items()}
    return {
        ours[node["id"]]: {
            (kind["kind"], dependency["name"]) for dependency in node["deps"] for kind in dependency["dep_kinds"]
        }
        for node in data["resolve"]["nodes"]
        if node["id"] in ours
    }


def units(messages, ours):
    """For each package, what was compiled: for each kind of dependency a target's name, and what it does not use."""
    names = {package["id"]: name for name, package in ours.items()}
    compiled, idle = [], {}
    for message in messages:
        name = names.get(message.get("package_id"))
        if name is None or "target" not in message:
            continue
        target = (name, message["target"]["kind"][0], message["target"]["name"])
        if message["reason"] == "compiler-artifact":
            compiled.append((target, message["profile"]["test"]))
        elif (message["message"].get("code") or {}).get("code") == "unused_crate_dependencies":
            idle.setdefault(target, set()).add(re.search(r"`(\w+)`", message["message"]["message"])[1])
    found = {}
    for target, is_test in compiled:
        name, kind, _ = target
        of = "build" if kind == "custom-build" else "dev" if is_test or kind in ("test", "bench", "example") else None
        found.setdefault(name, {}).setdefault(of, {})[target] = idle.get(target, set())
    return found


def crate_violations(asked, compiled):
    """The dependencies of a kind that no target uses which is given them."""
    if not any(compiled.values()):
        raise Problem("nothing was compiled")
    return [
        f"{package}: no target uses the {KINDS[kind]} `{name}`"
        for package, wanted in sorted(asked.items())
        for kind, name in sorted(wanted, key=str)
        # More features for the tests: what the package links anyway.
        if not (kind == "dev" and (None, name) in wanted)
        and all(name in idle for idle in compiled.get(package, {}).get(kind, {}).values())
    ]


def npm_violations(texts):
    """The npm packages, of all the manifests among these texts by path, that no script of theirs names."""
    found = []
    for path in sorted(path for path in texts if Path(path).name == "package.json"):
        folder = Path(path).parent.as_posix() + "/"
        manifest = json.loads(texts[path])
        lock = json.loads(texts.get(f"{folder}package-lock.json", "{}")).get("packages", {})
        # The Node package's own tests run the examples.
        places = (folder, "examples/node-") if folder == "bindings/node/" else (folder,)
        scripts = [
            text
            for place, text in texts.items()
            if place.startswith(places) and (place.endswith(SCRIPTS) or Path(place).name == "tsconfig.json")
        ]
        code = "\n".join([*scripts, *manifest.get("scripts", {}).values()])
        for kind in ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies"):
            for name in manifest.get(kind, {}):
                programs = lock.get(f"node_modules/{name}", {}).get("bin", {})
                if not names_package(code, name, programs):
                    found.append(f"{path}: nothing uses `{name}`")
    return found


def names_package(code, name, programs):
    """Whether scripts import a package, or a path in it, or run one of its programs."""
    bare = re.escape(name.removeprefix("@types/"))
    patterns = [rf"""['"`](?:\S*node_modules/)?{bare}(?:/[^'"`]*)?['"`]"""]
    if name.startswith("@types/"):
        patterns.append(rf"""['"]{bare}:""")
    patterns += [rf"(?:^|['\"/\s]){re.escape(program)}(?:$|['\"\s])" for program in programs]
    return any(re.search(pattern, code, re.MULTILINE) for pattern in patterns)
