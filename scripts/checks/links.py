"""Every link between the documents leads somewhere, and the book has every page."""

import posixpath
import re

from .tree import ROOT, files

SUMMARY = "docs/SUMMARY.md"
FENCE = re.compile(r"^\s*(```|~~~)")
INLINE_CODE = re.compile(r"`[^`]*`")
LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def links(report):
    """every link of every Markdown file leads to a file and a heading, and each page of docs/ is in the book"""
    paths = {path.as_posix() for path in files()}
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in sorted(paths) if path.endswith(".md")}
    report.note(f"{len(texts)} documents, {sum(len(links_of(text)) for text in texts.values())} links")
    report.lines(violations(texts, paths))


def violations(texts, paths):
    """What is wrong with the links of these documents, text by path, in a tree of these paths."""
    places = paths | {parent for path in paths for parent in parents(path)}
    anchors = {path: anchors_of(text) for path, text in texts.items()}
    pages = {path for path in texts if path.startswith("docs/")}
    found = []
    for path, text in texts.items():
        for number, target in links_of(text):
            if ELSEWHERE.match(target):
                continue
            file, _, anchor = target.partition("#")
            to = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
            if to not in places:
                found.append(f"{path}:{number}: no such file: `{target}`")
            elif anchor and anchor not in anchors.get(to, ()):
                found.append(f"{path}:{number}: no such heading: `{target}`")
            elif path in pages and not to.startswith("docs/"):
                found.append(f"{path}:{number}: leads out of the book: `{target}`")
    if SUMMARY in texts:
        listed = {posixpath.join("docs", target.partition("#")[0]) for _, target in links_of(texts[SUMMARY])}
        found += [f"{page} is not in {SUMMARY}" for page in sorted(pages - listed - {SUMMARY})]
    return found


def parents(path):
    """The folders that a path lies in."""
    while path := posixpath.dirname(path):
        yield path


def links_of(text):
    """The line and the target of each link outside of code."""
    return [
        (number, match[1])
        for number, line in prose(text)
        for match in LINK.finditer(INLINE_CODE.sub("", line))
    ]


def anchors_of(text):
    """The anchors of a document's headings: lower case, words joined by hyphens, numbered where they repeat."""
    seen = {}
    found = set()
    for _, line in prose(text):
        match = re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if not match:
            continue
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match[1])
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.add(f"{anchor}-{seen[anchor]}" if anchor in seen else anchor)
        seen[anchor] = seen.get(anchor, 0) + 1
    return found


def prose(text):
    """The numbered lines of a document that are in no block of code."""
    fence = None
    for number, line in enumerate(text.splitlines(), 1):
        mark = FENCE.match(line)
        if mark and fence in (None, mark[1]):
            fence = None if fence else mark[1]
        elif fence is None:
            yield number, line
