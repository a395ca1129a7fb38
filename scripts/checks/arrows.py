"""Which of our packages may depend on which: arrows point inward only."""

from .tree import folder_of, metadata, our_packages

# A package depends only on packages of a lower layer. No store depends on another: they share one.
LAYERS = {
    # For tests alone, and known by the core's.
    "proofs/memcheck": -1,
    "crates/mfakit-core": 0,
    "crates/mfakit-store": 1,
    "crates/mfakit-sqlite": 2,
    "crates/mfakit-postgres": 2,
    "crates/mfakit-redis": 2,
    # Beside the engine: it knows the stores, and the engine none of them.
    "crates/mfakit-connect": 3,
    "crates/mfakit": 3,
    # Offered by programs of its own, the bindings among them.
    "crates/mfakit-cli": 4,
}
# Everything in these folders is outermost: it may depend on any crate, and none may depend on it, but for the models
# on the core that they make cheap for themselves, which is for nobody else.
OUTERMOST = ("attacks", "benches", "bindings", "examples", "fuzz", "proofs/measure")
OUTER_LAYER = 5
MODELS = "fuzz"


def layer(folder):
    """The layer of the package in a folder; `None` where nobody gave it one."""
    if folder == MODELS:
        return OUTER_LAYER + 1
    if any(folder == outermost or folder.startswith(outermost + "/") for outermost in OUTERMOST):
        return OUTER_LAYER
    return LAYERS.get(folder)


def violations(data):
    """One line for each arrow that points outward or sideways, and for each package without a layer."""
    ours = our_packages(data)
    layers = {name: layer(folder_of(package, data)) for name, package in ours.items()}
    found = [
        f"{name} has no layer: give its folder one in scripts/checks/arrows.py"
        for name, its_layer in layers.items()
        if its_layer is None
    ]
    for name, package in ours.items():
        for dependency in package["dependencies"]:
            to = dependency["name"]
            if to not in ours or layers[name] is None or layers[to] is None:
                continue
            if layers[to] >= layers[name]:
                kind = dependency["kind"] or "normal"
                found.append(f"{name} -> {to} ({kind} dependency) does not point inward")
    return sorted(found)


def arrows(report):
    """each package depends only on packages further in"""
    report.lines(violations(metadata()))
    report.note(f"{len(our_packages(metadata()))} packages")
