"""The book in docs/, built by mdBook."""

import re
import subprocess

from .tools import tool
from .tree import ROOT, Problem

VERSION = "0.5.4"


def book(report):
    """mdBook builds docs/ into target/book without a warning"""
    # What watches and serves the book is left out of the program: only building is asked for.
    options = ("--no-default-features", "--features", "search")
    mdbook = tool(report, "mdbook", VERSION, *options, takes="about two minutes of two cores")
    done = subprocess.run([mdbook, "build", "docs"], cwd=ROOT, capture_output=True, text=True, check=False)
    said = (done.stderr + done.stdout).splitlines()
    report.lines(line for line in said if line.strip() and not re.match(r"(?:\S+ )*\s*INFO\b", line))
    if done.returncode != 0:
        raise Problem("mdBook failed")
    pages = len(list((ROOT / "target" / "book").rglob("*.html")))
    report.note(f"{pages} pages")
    if pages < len(list((ROOT / "docs").rglob("*.md"))):
        raise Problem("pages are missing from target/book")
