"""The crates, packed in the order of their dependencies, each built from its package."""

import shutil
import tarfile

from checks.tree import ROOT, Problem, folder_of, metadata, our_packages, run

# Nothing of these names belongs into what others download.
UNWANTED = ("target/", ".git", "tests/fixtures/secret")
NEEDED = ("Cargo.toml", "README.md", "LICENSE-MIT", "LICENSE-APACHE", "src/")


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
    """Packs the crates, builds each one from its package against the others' packages, and looks inside."""
    names = [name for name, _ in published()]
    if not names:
        raise Problem("no crate is to be published")
    say(f"crates: {', '.join(names)}")
    packages = [argument for name in names for argument in ("-p", name)]
    # A dry run is made from the tree as it is.
    run("cargo", "package", "--locked", "--allow-dirty", *packages)
    target = ROOT / "target" / "package"
    for name in names:
        found = sorted(target.glob(f"{name}-[0-9]*.crate"))
        if not found:
            raise Problem(f"no package of {name}")
        look_into(found[-1])
        shutil.copy(found[-1], files)
    return [f"cargo publish -p {name}" for name in names]


def look_into(package):
    """A violation if something is missing in a package, or is in it that does not belong there."""
    with tarfile.open(package) as archive:
        inside = ["/".join(name.split("/")[1:]) for name in archive.getnames()]
    missing = [name for name in NEEDED if not any(each == name or each.startswith(name) for each in inside)]
    unwanted = [each for each in inside if any(name in each for name in UNWANTED)]
    if missing or unwanted:
        raise Problem(f"{package.name}: missing {missing or 'nothing'}, not to be in it {unwanted or 'nothing'}")
