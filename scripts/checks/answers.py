"""docs/answers.md says of every call of a tenant what it tells, and so does the call's documentation."""

import re

from .tree import ROOT, files

DOCUMENT = "docs/answers.md"
SOURCES = "crates/mfakit/src/tenant"


def answers(report):
    """docs/answers.md has a row for each call of a tenant, and says what the call's own documentation says"""
    sources = [(ROOT / path).read_text() for path in files() if path.as_posix().startswith(SOURCES)]
    calls = {name: told for source in sources for name, told in calls_of(source)}
    report.note(f"{len(calls)} calls")
    report.lines(violations(calls, rows_of((ROOT / DOCUMENT).read_text())))


def calls_of(source):
    """Each public call with the sentence in its documentation that says what it tells; none if there is none."""
    found = []
    documentation = []
    for line in source.splitlines():
        text = line.strip()
        if text.startswith("///"):
            documentation.append(text[3:].strip())
        elif match := re.match(r"pub async fn (\w+)", text):
            security = " ".join(documentation).partition("# Security ")[2]
            told = re.match(r"Without ([^:]*: [^;]*(?:; [^:;]*)*); with (?:one|it): ([^.]*)\.", security)
            found.append((match[1], told and (told[1], told[2])))
            documentation = []
        elif not text.startswith("#["):
            documentation = []
    return found


def rows_of(document):
    """What the table says of each call: without and with, by name."""
    rows = {}
    for line in document.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 4:
            rows[cells[0].strip("`")] = (cells[2], cells[3])
    return rows


def violations(calls, rows):
    """Calls without a row or a sentence, rows without a call, and pairs that differ."""
    found = [f"`{name}` has no row" for name in sorted(calls.keys() - rows.keys())]
    found += [f"`{name}` is no call" for name in sorted(rows.keys() - calls.keys())]
    for name in sorted(calls.keys() & rows.keys()):
        if calls[name] is None:
            found.append(f"`{name}`: no sentence `Without ...: ...; with one: ...` under `# Security`")
        elif calls[name] != rows[name]:
            found.append(f"`{name}`: its documentation and its row differ")
    return found or ([] if calls else ["no calls found"])
