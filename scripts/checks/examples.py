"""Every example in a document is run, or compiled, by a test that names the document."""

import posixpath
import re

from .tree import ROOT, files

FENCE = re.compile(r"^```(\w+)(,ignore)?[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Shown, and not to be run: what a person types, grammars, layouts.
SHOWN = {"abnf", "console", "sql", "text"}
# Written from the declarations, signatures for the most part; the tests of the packages hold that they are current.
WRITTEN = {"docs/reference-node.md", "docs/reference-python.md"}
# What names the documents that it runs, for each language.
RUNNERS = {
    "rust": re.compile(r"\.rs$"),
    "python": re.compile(r"^bindings/python/(django_)?tests/test_\w+\.py$"),
    "js": re.compile(r"^bindings/node/test/\w+\.test\.mjs$"),
}


def examples(report):
    """every example in Rust, Python and JavaScript of every document is run by a test"""
    paths = [path.as_posix() for path in files()]
    wanted = [path for path in paths if path.endswith(".md") or any(it.search(path) for it in RUNNERS.values())]
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in wanted}
    report.note(f"{sum(len(FENCE.findall(text)) for path, text in texts.items() if path.endswith('.md'))} blocks")
    report.lines(violations(texts))


def violations(texts):
    """The blocks of code, in documents by path, that nothing runs."""
    run = {language: set() for language in RUNNERS}
    for path, text in texts.items():
        if path.endswith(".rs"):
            for target in re.findall(r'include_str!\("([^"]+\.md)"\)', text):
                run["rust"].add(posixpath.normpath(posixpath.join(posixpath.dirname(path), target)))
        for language in ("python", "js"):
            if RUNNERS[language].search(path):
                run[language] |= {name for name in texts if name.endswith(".md") and named(name, text)}
    return [
        f"{path}: nothing runs its example in `{language}`: {body.strip().splitlines()[0]}"
        for path, text in texts.items()
        if path.endswith(".md") and path not in WRITTEN
        for language, ignored, body in FENCE.findall(text)
        if language not in SHOWN
        and path not in run.get(language, ())
        # Taken from a file that is compiled.
        and not (ignored and re.fullmatch(r"\s*(\{\{#include [^}]+\}\}\s*)+", body))
    ]


def named(document, text):
    """Whether a test names a document: by its path, or as code joins its folders and its name."""
    if document == "README.md":
        return bool(re.search(r"""\(root, 'README\.md'\)|\(ROOT / "README\.md"\)""", text))
    # Of the Node package what is packed is tested, its README too.
    if document == "bindings/node/README.md" and "['README.md'," in text:
        return True
    joined = " / ".join(f'"{part}"' for part in document.split("/"))
    return any(each in text for each in (f'"{document}"', f"'{document}'", joined))
