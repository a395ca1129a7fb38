"""Every example in a document is run, or compiled, by a test that names the document."""

import posixpath
import re

from .tree import ROOT, files

# Anything that Markdown takes for the beginning of a block, and the one form of it that is used here.
MARK = re.compile(r"^(?:[\s>]|[-*+]\s|\d+[.)]\s)*(`{3,}[^`]*|~{3,}.*)$")
FENCE = re.compile(r"^```(\w+)((?:,[\w-]+)*)$")
# Shown, and not to be run: what a person types, grammars, layouts.
SHOWN = {"abnf", "console", "sql", "text"}
# Words behind `rust` with which rustdoc still compiles the block.
COMPILED = {"no_run", "should_panic", "compile_fail"}
# Written from the declarations, signatures for the most part; the tests of the packages hold that they are current.
WRITTEN = {"docs/reference-node.md", "docs/reference-python.md"}
# What names the documents that it runs, for each language.
RUNNERS = {
    "rust": re.compile(r"\.rs$"),
    "python": re.compile(r"^bindings/python/(django_)?tests/test_\w+\.py$"),
    "js": re.compile(r"^bindings/node/test/\w+\.test\.mjs$"),
}
# Rust compiles a document that is the documentation of something, and not one that it reads as text.
INCLUDED = re.compile(r'^\s*#!?\[doc = include_str!\("([^"]+\.md)"\)\]', re.MULTILINE)
# What is said and not run. In a string it may cut too much, which never lets an example pass.
REMARKS = {
    "rust": re.compile(r"/\*.*?\*/|(?<!\S)//[^\n]*", re.DOTALL),
    "python": re.compile(r'""".*?"""|(?<!\S)#[^\n]*', re.DOTALL),
    "js": re.compile(r"/\*.*?\*/|(?<!\S)//[^\n]*", re.DOTALL),
}


def examples(report):
    """every example in Rust, Python and JavaScript of every document is run by a test"""
    paths = [path.as_posix() for path in files()]
    wanted = [path for path in paths if path.endswith(".md") or any(it.search(path) for it in RUNNERS.values())]
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in wanted}
    report.note(f"{sum(len(list(blocks(text))) for path, text in texts.items() if path.endswith('.md'))} blocks")
    report.lines(violations(texts))


def violations(texts):
    """The blocks of code, in documents by path, that nothing runs."""
    run = run_by_tests(texts)
    return [
        f"{path}: {fault}"
        for path, text in texts.items()
        if path.endswith(".md") and path not in WRITTEN
        for opening, body in blocks(text)
        if (fault := fault_of(opening, body, {language for language, names in run.items() if path in names}))
    ]


def run_by_tests(texts):
    """The documents that tests run, for each language."""
    run = {language: set() for language in RUNNERS}
    for path, text in texts.items():
        for language, runner in RUNNERS.items():
            if not runner.search(path):
                continue
            said = REMARKS[language].sub("", text)
            if language == "rust":
                folder = posixpath.dirname(path)
                run[language] |= {posixpath.normpath(posixpath.join(folder, target)) for target in INCLUDED.findall(said)}
            else:
                run[language] |= {name for name in texts if name.endswith(".md") and named(name, said)}
    return run


def blocks(text):
    """Each block of a document: the line that opens it, and what is inside."""
    opening, body = None, []
    for line in text.splitlines():
        if opening is None:
            if MARK.match(line):
                opening, body = line, []
        elif re.fullmatch(re.search(r"`{3,}|~{3,}", opening).group() + "[`~]*", line.strip(" >")):
            yield opening, "\n".join(body)
            opening = None
        else:
            body.append(line)
    if opening is not None:
        yield f"{opening} (without an end)", "\n".join(body)


def fault_of(opening, body, run):
    """What is wrong with a block of a document whose examples in the languages of `run` are run, or nothing."""
    fence = FENCE.match(opening)
    if not fence:
        return f"`{opening.strip()}` is to begin with its line, have three backticks, and name the language and no more"
    language, words = fence.group(1), set(fence.group(2).split(",")) - {""}
    first = (body.strip().splitlines() or ["nothing"])[0]
    # Taken from a file that is compiled.
    if words == {"ignore"} and re.fullmatch(r"\s*(\{\{#include [^}]+\}\}\s*)+", body):
        return None
    if not words <= (COMPILED if language == "rust" else set()):
        return f"`{opening}` is passed over by what runs the examples: {first}"
    if language not in SHOWN and language not in run:
        return f"nothing runs its example in `{language}`: {first}"
    return None


def named(document, text):
    """Whether a test names a document: by its path, or as code joins its folders and its name."""
    if document == "README.md":
        return bool(re.search(r"""\(root, 'README\.md'\)|\(ROOT / "README\.md"\)""", text))
    # Of the Node package what is packed is tested, its README too.
    if document == "bindings/node/README.md" and "['README.md'," in text:
        return True
    joined = " / ".join(f'"{part}"' for part in document.split("/"))
    return any(each in text for each in (f'"{document}"', f"'{document}'", joined))
