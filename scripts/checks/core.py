"""The core is pure: few crates, and no clock, file, environment or OS randomness in reach."""

import re
import shutil
from pathlib import Path

from .rust_text import code, product_code
from .tree import ROOT, Problem, files, run

MAX_CRATES = 32
# The first has a std that can do nothing, so what needs OS randomness or a clock fails to compile or
# shows in the tree; the second has no std at all.
BARE_TARGETS = ("wasm32-unknown-unknown", "thumbv7em-none-eabihf")
# Crates that bring a clock, OS randomness, or a generator of their own. Not `libc`: `cpufeatures` asks it
# which instructions an ARM processor has, and without unsafe code the core can call nothing in it.
IMPURE = {
    "chrono", "fastrand", "getrandom", "instant", "jiff", "oorandom", "quanta", "rand",
    "rand_chacha", "time", "tokio", "wasm-bindgen", "web-time", "windows-sys",
}  # fmt: skip
CORE_SOURCES = "crates/mfakit-core/src/"


def crates_of(tree):
    """The `name version` pairs of a `cargo tree --prefix none`, each once."""
    return {" ".join(line.split()[:2]) for line in tree.splitlines() if line.strip()}


def core_size(report):
    """the core without default features has at most 32 crates, each in one version"""
    tree = run(
        "cargo", "tree", "--locked", "-p", "mfakit-core", "--no-default-features",
        "-e", "normal,no-proc-macro", "--prefix", "none",
    )  # fmt: skip
    crates = crates_of(tree)
    report.note(f"{len(crates)} crates")
    report.lines(size_violations(crates))


def size_violations(crates):
    """What is wrong with a core of these `name version` pairs."""
    found = []
    if not crates:
        found.append("cargo tree shows no crate at all")
    if len(crates) > MAX_CRATES:
        found.append(f"{len(crates)} crates, at most {MAX_CRATES}: {', '.join(sorted(crates))}")
    names = [crate.split()[0] for crate in crates]
    found += [f"{name} is there in two versions" for name in sorted({n for n in names if names.count(n) > 1})]
    return found


def core_tree(report):
    """no crate with a clock or randomness of its own is linked into the core, on any target"""
    tree = run(
        "cargo", "tree", "--locked", "-p", "mfakit-core", "--all-features", "--target", "all",
        "-e", "normal,no-proc-macro", "--prefix", "none",
    )  # fmt: skip
    report.lines(tree_violations(crates_of(tree)))


def tree_violations(crates):
    """The crates of a core, as `name version` pairs, that have no place in it."""
    names = {crate.split()[0] for crate in crates}
    if "mfakit-core" not in names:
        return ["cargo tree does not show the core"]
    return [f"the core links `{name}`" for name in sorted(names & IMPURE)]


def core_source(report):
    """the core is `no_std` and names `std` only in its tests"""
    sources = [path for path in files() if str(path).startswith(CORE_SOURCES) and path.suffix == ".rs"]
    report.note(f"{len(sources)} files")
    report.lines(source_violations({str(path): (ROOT / path).read_text() for path in sources}))


def source_violations(sources):
    """Where the core's sources, text by path, reach for `std`."""
    lib = sources.get(CORE_SOURCES + "lib.rs", "")
    found = [] if "#![no_std]" in code(lib) else [f"{CORE_SOURCES}lib.rs does not say `#![no_std]`"]
    tests = test_files(sources)
    for path, text in sources.items():
        if path in tests:
            continue
        for number, line in enumerate(product_code(text).splitlines(), 1):
            if re.search(r"\bstd\s*::|\bextern\s+crate\s+std\b|\buse\s+std\b", line):
                found.append(f"{path}:{number} names std outside of a test")
    return found


def test_files(sources):
    """The files that `#[cfg(test)] mod name;` declares."""
    found = set()
    for path, text in sources.items():
        parent = Path(path)
        inside = parent.parent if parent.stem == "lib" else parent.with_suffix("")
        for name in re.findall(r"#\[cfg\(test\)\]\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;", code(text)):
            found.add((inside / f"{name}.rs").as_posix())
    return found


def core_builds(report):
    """the core builds without default features and with all, where there is no operating system"""
    add_targets()
    for target in BARE_TARGETS:
        for features in ("--no-default-features", "--all-features"):
            run("cargo", "build", "--locked", "-p", "mfakit-core", "--target", target, features)
    report.note(f"{len(BARE_TARGETS)} targets, 2 feature sets each")


def add_targets():
    """Installs the standard libraries of the bare targets where they are missing."""
    sysroot = Path(run("rustc", "--print", "sysroot").strip())
    missing = [t for t in BARE_TARGETS if not (sysroot / "lib" / "rustlib" / t / "lib").is_dir()]
    if not missing:
        return
    advice = f"install the targets {', '.join(missing)}: `rustup target add {' '.join(missing)}`"
    if shutil.which("rustup") is None:
        raise Problem(f"{advice} (needs rustup, which is not installed)")
    try:
        run("rustup", "target", "add", *missing)
    except Problem as problem:
        raise Problem(f"{advice}; tried here:\n{problem}") from None


def no_unsafe(report):
    """every library crate forbids unsafe code"""
    libs = [path for path in files() if re.fullmatch(r"crates/[^/]+/src/lib\.rs", path.as_posix())]
    report.note(f"{len(libs)} crates")
    report.lines(unsafe_violations({str(path): (ROOT / path).read_text() for path in libs}))


def unsafe_violations(libs):
    """The `lib.rs` files, text by path, that do not forbid unsafe code."""
    if not libs:
        return ["no library crate found"]
    return [
        f"{path} does not say `#![forbid(unsafe_code)]`"
        for path, text in libs.items()
        if not re.search(r"#!\[forbid\([^)]*\bunsafe_code\b[^)]*\)\]", code(text))
    ]
