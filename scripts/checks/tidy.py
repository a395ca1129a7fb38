"""The tree is tidy: nothing left open, nothing of one machine, no file too long or too large."""

import re
import shutil

from .tree import ROOT, Problem, files, run

MAX_LINES = 800
MAX_BYTES = 1 << 20
# In two halves, so that this file does not find itself.
LEFT_OPEN = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b|\b(?:to" r"do|unimpl" r"emented)!")
MACHINE_PATH = re.compile(
    r"(?<![\w.~$}-])/(?:ro" r"ot|wo" r"rk|Us" r"ers|ho" r"me/[a-z]\w*)/|[A-Z]:\\Us" r"ers\\"
)
# Found by a fuzzer or made by a tool: their bytes are nobody's prose.
NOT_PROSE = ("fuzz/corpus/", "vectors/")
LOCKS = ("Cargo.lock", "package-lock.json")


def texts():
    """The text files of the tree, text by path; files that are not UTF-8 are left out."""
    found = {}
    for path in files():
        if path.as_posix().startswith(NOT_PROSE) or path.name in LOCKS:
            continue
        try:
            found[path.as_posix()] = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


def left_open(report):
    """no mark of unfinished work"""
    report.lines(matches(texts(), LEFT_OPEN))


def machine_paths(report):
    """no path of one machine"""
    report.lines(matches(texts(), MACHINE_PATH))


def matches(by_path, pattern):
    """`path:line: text` of every line that the pattern matches."""
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in by_path.items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def sizes(report):
    """no Rust file of the crates above 800 lines, no file above 1 MiB"""
    listed = files()
    report.note(f"{len(listed)} files")
    report.lines(too_large({path.as_posix(): (ROOT / path).read_bytes() for path in listed}))


def too_large(contents):
    """The files, bytes by path, that are too long or too large."""
    found = []
    for path, content in contents.items():
        lines = content.count(b"\n")
        if path.startswith("crates/") and path.endswith(".rs") and lines > MAX_LINES:
            found.append(f"{path} has {lines} lines, at most {MAX_LINES}")
        if len(content) > MAX_BYTES:
            found.append(f"{path} has {len(content)} bytes, at most {MAX_BYTES}")
    return found


def shell(report):
    """shellcheck finds nothing in the shell scripts"""
    if shutil.which("shellcheck") is None:
        raise Problem("shellcheck is not installed: `apt-get install shellcheck`")
    scripts = [str(path) for path in files() if is_shell((ROOT / path).read_bytes()[:64])]
    report.note(f"{len(scripts)} scripts")
    if not scripts:
        raise Problem("no shell script found")
    run("shellcheck", "--external-sources", *scripts)


def is_shell(start):
    """Whether a file that starts with these bytes is a shell script."""
    return bool(re.match(rb"#!\s*(?:/usr)?/bin/(?:env\s+)?(?:ba|da)?sh\b", start))
