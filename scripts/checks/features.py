"""Every combination of a crate's features compiles, alone: a workspace build hides a missing one."""

from itertools import combinations

from .tree import folder_of, metadata, our_packages, run

# Up to here all subsets are tried; above, none, each alone, and all.
MAX_FOR_ALL_SUBSETS = 4


def features(report):
    """each crate compiles without warnings under every combination of its features"""
    data = metadata()
    tried = 0
    for name, package in sorted(our_packages(data).items()):
        if not folder_of(package, data).startswith("crates/"):
            continue
        for chosen in feature_sets(package["features"]):
            tried += 1
            report.attempt(
                f"{name} [{','.join(chosen)}]",
                lambda name=name, chosen=chosen: run(
                    "cargo", "clippy", "--locked", "--quiet", "-p", name, "--lib", "--no-default-features",
                    "--features", ",".join(chosen), "--", "-D", "warnings",
                ),
            )  # fmt: skip
    report.note(f"{tried} combinations")


def feature_sets(declared):
    """The feature sets to try, of the features a manifest declares."""
    names = sorted(name for name in declared if name != "default")
    if len(names) <= MAX_FOR_ALL_SUBSETS:
        return [list(chosen) for size in range(len(names) + 1) for chosen in combinations(names, size)]
    return [[], *([name] for name in names), names]
