"""docs/conformance.md keeps a row for every requirement, and every name it cites is there."""

import re

from .rust_text import functions
from .tree import ROOT, files

DOCUMENT = "docs/conformance.md"
STANDARDS = [f"C{number}" for number in range(1, 56)]
ATTACKS = [f"A{number}" for number in range(1, 38)]
SETTINGS = [f"N{number}" for number in range(1, 21)]
PEERS = [f"P{number}" for number in range(1, 41)]
OPEN = "not yet"


def conformance(report, check_names=()):
    """docs/conformance.md has a row for each requirement, and each test and check it names exists"""
    defined = set()
    for path in files():
        if path.suffix == ".rs":
            defined |= functions((ROOT / path).read_text())
    rows = parse((ROOT / DOCUMENT).read_text())
    shown = sum(1 for _, _, shows in rows if not shows.startswith(OPEN))
    report.note(f"{shown} of {len(rows)} rows shown, or with a reason why they do not apply")
    report.lines(violations(rows, defined, set(check_names)))


def parse(document):
    """The `(number, requirement, what shows it)` rows of the tables."""
    rows = []
    for line in document.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) >= 3 and re.fullmatch(r"[A-Z]\d+", cells[0]):
            rows.append((cells[0], cells[1], cells[2]))
    return rows


def violations(rows, defined, check_names):
    """Rows that are missing, double or empty, and cited names that do not exist."""
    numbers = [number for number, _, _ in rows]
    expected = STANDARDS + ATTACKS + SETTINGS + PEERS
    found = [f"{number} has no row" for number in expected if number not in numbers]
    found += [f"{number} is no requirement" for number in sorted(set(numbers) - set(expected))]
    found += [f"{number} has several rows" for number in sorted({n for n in numbers if numbers.count(n) > 1})]
    for number, requirement, shows in rows:
        if not requirement or not shows:
            found.append(f"{number} has an empty cell")
        cited = re.findall(r"`([^`]+)`", shows)
        found += [f"{number} cites `{name}`: {why}" for name in cited if (why := missing(name, defined, check_names))]
        tests = [name for name in cited if not name.startswith("scripts/")]
        if number in ATTACKS and tests and not any(carries(name, number) for name in tests):
            found.append(f"{number}: no cited test carries `{number.lower()}` in its name")
    return found


def missing(name, defined, check_names):
    """Why a cited name does not exist; empty when it does."""
    if name.startswith("scripts/check "):
        return "" if name.split()[1] in check_names else "no such check"
    if not re.fullmatch(r"(?:\w+::)*[a-z_]\w*", name):
        return "neither the name of a test nor of a check"
    return "" if name.split("::")[-1] in defined else "no such function"


def carries(name, number):
    """Whether a test's name has the attack's number as a word."""
    return number.lower() in name.split("::")[-1].split("_")
