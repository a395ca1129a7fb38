"""The crates, packed in the order of their dependencies, each built from its package."""

import shutil

from checks.tree import ROOT, Problem, folder_of, metadata, our_packages, run


def published():
    """The crates that are published, each behind those it depends on."""
    data = metadata()
    ours = {name: package for name, package in our_packages(data).items() if package["publish"] != []}
    order = []

    def visit(name):
        if name in order:
            return
        for dependency in ours[name]["dependencies"]:
            # Also what only tests need: the registry asks for it too.
            if dependency["name"] in ours:
                visit(dependency["name"])
        order.append(name)

    for name in sorted(ours):
        visit(name)
    return [(name, folder_of(ours[name], data)) for name in order]


def make(files, say):
    """Packs the crates, and builds each one from its package against the others' packages."""
    names = [name for name, _ in published()]
    if not names:
        raise Problem("no crate is to be published")
    say(f"crates: {', '.join(names)}")
    packages = [argument for name in names for argument in ("-p", name)]
    target = ROOT / "target" / "package"
    for old in target.glob("*.crate"):
        old.unlink()
    # A dry run is made from the tree as it is.
    run("cargo", "package", "--locked", "--allow-dirty", *packages)
    for name in names:
        found = sorted(target.glob(f"{name}-[0-9]*.crate"))
        if len(found) != 1:
            raise Problem(f"one package of {name} was to be made, and there are {len(found)}")
        shutil.copy(found[0], files)
    return [f"cargo publish --locked -p {name}" for name in names]
