"""What verifying tells by what it does: no branch on a secret, the same instructions, no hash too many."""

import json
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .tree import ROOT, Problem, run

BUDGET = "proofs/instructions.txt"
# How far above the budget a count may be: what another version of the compiler makes of the same lines.
TOLERANCE = 0.02
MARK = re.compile(r"^\s*// REVEALED: \S")
# The functions of `mfakit-measure` that call a public check: in none of them may anything depend on what matches.
CHECKS = ("mfakit_measure::prepared*", "mfakit_measure::from_secret*", "instructions::look_ahead*", "instructions::resynchronize*")
SLOW_HASH = "mfakit_core::bits::Bits::hash"


def constant_time(report):
    """memcheck sees no branch and no address depend on a secret, but where the source says `REVEALED:`"""
    valgrind_is_there()
    core, memcheck = test_programs()
    sound = [(program, name) for program in (core, memcheck) for name in tests_of(program, "constant_time_")]
    broken = [(memcheck, name) for name in tests_of(memcheck, "leaks_by_")]
    if not any(program == core for program, _ in sound) or not broken:
        raise Problem("no test to run under memcheck")
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda test: memcheck_reports(*test), sound + broken))
    for (_, name), reports in zip(sound, found):
        report.lines(f"{name}: {line}" for line in secret_violations(reports))
    for (_, name), reports in zip(broken, found[len(sound) :]):
        if not outside_of_marks(reports):
            report.lines([f"{name} is not constant in time, and memcheck did not see it"])
    report.note(f"{len(sound)} tests, and {len(broken)} leaks that were seen")


def secret_violations(reports, root=ROOT):
    """What is wrong with a test that memcheck made these reports on."""
    if not reports:
        return ["memcheck saw nothing depend on the secret, not even the answer: it was not hidden"]
    return outside_of_marks(reports, root)


def outside_of_marks(reports, root=ROOT):
    """The reports, one line each, that no mark in the source covers."""
    return sorted({f"{what} at {place(frames, root)}" for what, frames in reports if not is_marked(frames, root)})


def place(frames, root):
    """Where a report belongs to, for a person."""
    ours = our_frame(frames, root)
    inside = frames[0][2] if frames else "no function"
    return f"{ours[0]}:{ours[1]}, in `{inside}`" if ours else f"`{inside}`, which nothing of ours calls"


def is_marked(frames, root):
    """Whether the line of ours that a report belongs to is part of a statement under a mark."""
    ours = our_frame(frames, root)
    return bool(ours) and ours[1] in marked_lines((root / ours[0]).read_text())


def our_frame(frames, root):
    """`(path, line)` of the innermost frame of ours; what is derived stands for the line that calls it."""
    for path, line, _ in frames:
        try:
            relative = Path(path).relative_to(root)
        except ValueError:
            continue
        lines = (root / relative).read_text().splitlines()
        if 0 < line <= len(lines) and "#[derive(" not in lines[line - 1]:
            return relative.as_posix(), line
    return None


def marked_lines(source):
    """The numbers of the lines that belong to a statement right below a mark."""
    lines = source.splitlines()
    found = set()
    for number, line in enumerate(lines, 1):
        if not MARK.match(line):
            continue
        depth = 0
        for below in range(number + 1, len(lines) + 1):
            text = lines[below - 1].split("//")[0].rstrip()
            if not text:
                continue
            depth += sum(map(text.count, "([{")) - sum(map(text.count, ")]}"))
            if depth < 0:
                break
            found.add(below)
            if depth == 0 and text.endswith((";", ",", "}")):
                break
    return found


def memcheck_reports(program, test):
    """What memcheck says on one test: `(kind, frames)`, a frame being path, line and function, innermost first."""
    with tempfile.TemporaryDirectory() as folder:
        xml = Path(folder) / "memcheck.xml"
        run(
            "valgrind", "--tool=memcheck", "--leak-check=no", "--error-limit=no", "--num-callers=40",
            "--xml=yes", f"--xml-file={xml}", program, "--exact", test, "--test-threads=1",
        )  # fmt: skip
        return reports_of(xml.read_text())


def reports_of(xml):
    """The reports in memcheck's XML; memory that was not freed is no concern of ours."""
    kinds = {"UninitCondition": "a branch", "UninitValue": "an address"}
    found = []
    for error in ElementTree.fromstring(xml).iter("error"):
        kind = error.findtext("kind", "")
        if kind.startswith("Leak_"):
            continue
        frames = [
            (f"{frame.findtext('dir', '')}/{frame.findtext('file', '')}", int(frame.findtext("line", "0")), frame.findtext("fn", "?"))
            for frame in error.find("stack").iter("frame")
        ]
        found.append((kinds.get(kind, kind), frames))
    return found


def test_programs():
    """The test programs of the core and of `mfakit-memcheck`, optimized."""
    built = run(
        "cargo", "test", "--locked", "--profile", "proofs", "--no-run", "--message-format", "json",
        "-p", "mfakit-core", "-p", "mfakit-memcheck", "--lib",
    )  # fmt: skip
    artifacts = [json.loads(line) for line in built.splitlines() if line.startswith("{")]
    programs = {it["target"]["name"]: it["executable"] for it in artifacts if it.get("executable")}
    return programs["mfakit_core"], programs["mfakit_memcheck"]


def tests_of(program, start):
    """The tests of a program whose name, without its modules, begins so."""
    listed = re.findall(r"^(\S+): test$", run(program, "--list"), re.MULTILINE)
    return [name for name in listed if name.split("::")[-1].startswith(start)]


def instructions(report):
    """checking a code takes the same instructions whatever matches, within proofs/instructions.txt"""
    counted = callgrind("instructions", "instructions::one_case*", *(f"--toggle-collect={check}" for check in CHECKS))
    counts = [(name, total_of(text)) for name, text in counted]
    report.note(f"{len(counts)} checks of codes")
    report.lines(instruction_violations(counts, budget_of((ROOT / BUDGET).read_text())))


def instruction_violations(counts, budget):
    """What is wrong with these `(group / case, instructions)`."""
    groups = {}
    for name, count in counts:
        groups.setdefault(name.split(" / ")[0], []).append((count, name))
    found = [f"{group} is in {BUDGET}, and was not counted" for group in sorted(budget.keys() - groups.keys())]
    for group, counted in sorted(groups.items()):
        (least, least_name), (most, most_name) = min(counted), max(counted)
        if least == 0:
            found.append(f"{least_name}: no instruction was counted")
        if least != most:
            found.append(f"{least_name}: {least} instructions; {most_name}: {most}")
        if group not in budget:
            found.append(f"{group} takes {most} instructions and has no line in {BUDGET}")
        elif most > budget[group] * (1 + TOLERANCE):
            found.append(f"{group} takes {most} instructions, and {BUDGET} allows {budget[group]}")
    return found


def budget_of(text):
    """The instructions that each group may take."""
    lines = (line.split("#")[0].split() for line in text.splitlines())
    return {line[0]: int(line[1]) for line in lines if len(line) == 2}


def hashes(report):
    """each attempt with a code that is hashed costs one slow hash, and what is refused before costs none"""
    counted = callgrind("hashes", "hashes::attempt*")
    report.note(f"{len(counted)} attempts")
    report.lines(hash_violations([(name, calls_of(text, SLOW_HASH), total_of(text)) for name, text in counted]))


def hash_violations(attempts):
    """What is wrong with these `(expected name, hashes, instructions)`."""
    costs = [total // calls for _, calls, total in attempts if calls]
    if not costs:
        return ["no hash was counted"]
    found = []
    for name, calls, total in attempts:
        expected, _, name = name.partition(" ")
        if calls != int(expected):
            found.append(f"{name}: {calls} hashes, expected {expected}")
        # Another slow hash than the one that is counted would show here.
        elif total > (int(expected) + 0.5) * min(costs):
            found.append(f"{name}: {total} instructions, where a hash takes {min(costs)}")
    return found


def callgrind(program, end, *options):
    """Runs a program of `mfakit-measure` under callgrind; `(printed line, dump)` of each call of the function `end`."""
    valgrind_is_there()
    run("cargo", "build", "--locked", "--profile", "proofs", "-p", "mfakit-measure", "--bin", program)
    metadata = json.loads(run("cargo", "metadata", "--locked", "--format-version", "1", "--no-deps"))
    binary = Path(metadata["target_directory"]) / "proofs" / program
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / "dump"
        names = run(
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={dump}", "--compress-strings=no",
            f"--dump-after={end}", *options, str(binary),
        ).splitlines()  # fmt: skip
        dumps = [dump.with_suffix(f".{number}") for number in range(1, len(names) + 1)]
        if not names or not all(path.is_file() for path in dumps):
            raise Problem(f"callgrind did not write a sum for each of {len(names)} calls of `{end}`")
        return list(zip(names, (path.read_text() for path in dumps)))


def total_of(dump):
    """The instructions of a dump of callgrind."""
    return int(re.search(r"^totals: (\d+)", dump, re.MULTILINE).group(1))


def calls_of(dump, function):
    """How often a function was called, by a dump of callgrind."""
    calls = re.findall(rf"^cfn={re.escape(function)}\S*\n(?:c\w+=.*\n)*?calls=(\d+)", dump, re.MULTILINE)
    return sum(map(int, calls))


def valgrind_is_there():
    """A `Problem` where there is no valgrind that knows our client requests."""
    if shutil.which("valgrind") is None:
        raise Problem("valgrind is not installed: `apt-get install valgrind`")
    machine = subprocess.run(["uname", "-m"], capture_output=True, text=True, check=True).stdout.strip()
    if machine != "x86_64":
        raise Problem(f"what is asked of valgrind is written for x86_64 alone, and this is {machine}")
