"""What an application can name: the public interface of the published crates, kept as text in `interface/`.

It is read off the source, so that it needs no build and does not depend on a version of the compiler: definitions
of exported names, what is public in their bodies and `impl` blocks, and the calls of macros that define public ones.
"""

import re
from difflib import unified_diff
from typing import NamedTuple

from .rust_text import product_code
from .tree import ROOT, Problem, files, metadata, our_packages

FOLDER = ROOT / "interface"


def interface(report):
    """the public interface of the published crates, features included, is the one kept in `interface/`"""
    for crate in published():
        now = of_crate(crate)
        kept = FOLDER / f"{crate}.txt"
        before = kept.read_text(encoding="utf-8").splitlines() if kept.is_file() else []
        report.lines(unified_diff(before, now, f"interface/{crate}.txt", "the tree", lineterm="", n=0))
        report.note(f"{crate}: {len(now)}")
    if report.problems:
        report.note("a change that is meant: `scripts/check --write`, and a line in CHANGELOG.md")


def write():
    """Keeps the interface of the tree as it is now."""
    FOLDER.mkdir(exist_ok=True)
    for crate in published():
        text = "".join(line + "\n" for line in of_crate(crate))
        (FOLDER / f"{crate}.txt").write_text(text, encoding="utf-8")


def published():
    """The names of the crates that others can depend on."""
    return sorted(name for name, package in our_packages(metadata()).items() if package["publish"] != [])


def features_of(features):
    """A line for each feature that can be named, and what the default ones are."""
    lines = [f"feature {name}" for name in features if name != "default"]
    return lines + [f"feature default: {', '.join(sorted(features['default'])) or 'none'}"] if "default" in features else lines


def of_crate(crate):
    """The interface of a crate of the tree, a line for each thing that can be named."""
    folder = f"crates/{crate}/src/"
    paths = [path.as_posix() for path in files() if path.as_posix().startswith(folder)]
    sources = {path[len(folder) :]: (ROOT / path).read_text(encoding="utf-8") for path in paths}
    if "lib.rs" not in sources:
        raise Problem(f"{crate} has no lib.rs")
    lines = of_sources({path: product_code(source) for path, source in sources.items()})
    return sorted(lines + features_of(our_packages(metadata())[crate]["features"]))


def of_sources(sources):
    """The interface of a crate, from its files reduced to code, by their path under `src`."""
    parsed = {path: items(source) for path, source in sources.items()}
    lines, names = set(), set()
    open_modules(parsed, "lib", lines, names)
    every = [item for found in parsed.values() for item in found]
    defining = {f"{match[1]}!" for item in every if (match := re.match(r"macro_rules! (\w+)", item.head))
                and re.search(r"\bpub (struct|enum|(const |async )*fn)\b", item.body or "")}  # fmt: skip
    for item in every:
        describe(item, names, lines)
        if item.head in defining:
            lines.update(f"{item.head} {line}" for line in re.split(r"(?<=;) ", tidy(item.body or "")) if line)
    return sorted(lines)


# ---- what is exported ----


def open_modules(parsed, module, lines, names):
    """Collects what a public module exports, and follows the public modules in it."""
    for path in (f"{module}.rs", f"{module}/mod.rs"):
        for item in parsed.get(path, ()):
            head = item.head
            if head.startswith("pub use "):
                origin, used = re.match(r"pub use (\w+)::(?:\w+::)*\{?([^{}]*)", head).groups()
                exported = used.split(", ")
                if origin in ("crate", "self"):
                    names.update(exported)
                else:
                    lines.update(f"pub use {origin}::{name}" for name in exported)
            elif match := re.match(r"pub mod (\w+)$", head):
                lines.add(head)
                inner = match[1] if module == "lib" else f"{module}/{match[1]}"
                open_modules(parsed, inner, lines, names)
            elif match := re.match(r"pub (?:const )?(?:async )?(?:struct|enum|trait|fn|type|const) (\w+)", head):
                names.add(match[1])
            elif "macro_export" in item.attributes:
                lines.add(head)


# ---- what a name stands for ----


def describe(item, names, lines):
    """Adds the lines of an item, if it defines an exported name or something of one."""
    head = item.head
    if match := re.match(r"pub (struct|enum|trait|type|const|(?:const |async )*fn) (\w+)", head):
        name = match[2]
        if name not in names:
            return
        attributes = "".join(f"{kept} " for kept in re.findall(r"#\[(?:derive\([^)]*\)|non_exhaustive|must_use)", item.attributes))
        attributes = attributes.replace("#[", "")
        if match[1] == "struct":
            lines.add(f"{attributes}{struct_head(head)}")
            fields = split(item.body or "")
            lines.update(f"{name}: {field}" for field in fields if field.startswith("pub "))
            if any(not field.startswith("pub ") for field in fields):
                lines.add(f"{name}: private fields")
        elif match[1] == "enum":
            lines.add(f"{attributes}{head}")
            lines.update(f"{name}::{variant}" for variant in split(item.body or ""))
        elif match[1] == "trait":
            lines.add(f"{attributes}{head}")
            lines.update(f"{name}: {inner.head}" for inner in items(item.body or ""))
        else:
            lines.add(f"{attributes}{head}")
    elif match := re.match(r"impl\b(.*)", head):
        of = re.sub(r"^<(?:[^<>]|<[^<>]*>)*>", "", match[1]).strip()
        if " for " in f" {of} ":
            mentioned = set(re.findall(r"\w+", head))
            if mentioned & names:
                lines.add(head)
            return
        name = re.match(r"\w+", of)
        if name and name[0] in names:
            inner = [each for each in items(item.body or "") if each.head.startswith("pub ")]
            lines.update(f"{of}: {each.head}" for each in inner if not each.head.startswith("pub ("))


def struct_head(head):
    """The head of a struct; of a tuple, only what is public."""
    match = re.match(r"(pub struct \w+(?:<[^(]*>)?)\((.*)\)$", head)
    if not match:
        return head
    fields = [field if field.startswith("pub ") else "_" for field in split(match[2])]
    return f"{match[1]}({', '.join(fields)})"


# ---- Rust, as far as it takes ----


class Item(NamedTuple):
    """An item of a file or a block: its attributes, its head, and what its braces hold."""

    attributes: str
    head: str
    body: str | None


OPEN, CLOSE = "([{", ")]}"


def items(text):
    """The items of a text that was reduced to code."""
    found, position = [], 0
    while position < len(text):
        attributes = ""
        while match := re.compile(r"\s*(#!?\[)").match(text, position):
            end = closing(text, match.end())
            attributes += tidy(text[match.start(1) : end])
            position = end
        start, depth, body = position, 0, None
        while position < len(text):
            character = text[position]
            if character == "{" and depth == 0 and takes_body(text[start:position]):
                end = closing(text, position + 1)
                body = text[position + 1 : end - 1]
                break
            if character == ";" and depth == 0:
                break
            depth += (character in OPEN) - (character in CLOSE)
            position += 1
        head = tidy(text[start:position])
        position = position + 1 if body is None else end
        if re.match(r"(pub )?(const|static)\b(?! (unsafe |async )*fn)", head):
            head = head.split(" =")[0]
        head = re.sub(r"^macro_rules! ?", "macro_rules! ", head)
        if head:
            found.append(Item(attributes, head, body))
    return found


def takes_body(head):
    """Whether a brace after this begins a body, and not a list of names or a value."""
    head = tidy(head)
    return not re.match(r"(pub(\([^)]*\))? )?use\b", head) and " = " not in re.sub(r"<[^;]*>", "", head)


def closing(text, position):
    """The position behind the bracket that closes the one before `position`."""
    depth = 1
    while depth and position < len(text):
        depth += (text[position] in OPEN) - (text[position] in CLOSE)
        position += 1
    return position


def split(text):
    """The parts of a list, at the commas that stand in no bracket, without their attributes."""
    parts, start, depth = [], 0, 0
    for position, character in enumerate(text):
        depth += character in OPEN + "<"
        depth -= character in CLOSE or (character == ">" and text[position - 1] not in "-=")
        if character == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    parts.append(text[start:])
    without = (re.sub(r"#\[(?:[^\[\]]|\[[^\]]*\])*\]", "", part) for part in parts)
    return [tidied for part in without if (tidied := tidy(part))]


def tidy(text):
    """The text in one line, however it was wrapped."""
    text = " ".join(text.split())
    text = re.sub(r"(?<=[(\[<]) | (?=[)\],;>])(?<!-)", "", text)
    return re.sub(r",(?= ?[)\]>}])", "", text).strip()
