"""Writes the page of the book that lists the package, from its stubs and sources.

python reference.py            writes docs/reference-python.md
python reference.py --check    says whether it is current
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = HERE / "python" / "mfakit"
PAGE = HERE.parents[1] / "docs" / "reference-python.md"
SOURCES = [
    (
        "The engine",
        "_mfakit.pyi",
        ["Engine", "Tenant", "AsyncEngine", "AsyncTenant", "PasswordAttempt", "PendingSetup"],
    ),
    ("Configuration", "_mfakit.pyi", ["Policy", "settings", "Keyring", "KeyUsage", "ManualClock", "RotationCursor"]),
    (
        "Stores",
        "_mfakit.pyi",
        ["open_store", "migrate_store", "MemoryStore", "SqliteStore", "PostgresStore", "RedisStore", "NativeStore"],
    ),
    ("What is handed out", "_mfakit.pyi", ["Ticket", "Assertion", "DeviceToken", "BackupCodes", "ActivationCode"]),
    ("Results", "_results.py", None),
    ("Errors", "_errors.py", None),
    (
        "One-time passwords",
        "_mfakit.pyi",
        ["Secret", "TOTP", "HOTP", "Match", "CounterMatch", "OtpAuthUri", "MigrationExport", "QrCode"],
    ),
    ("Names", "_enums.py", None),
    ("Stores of your own", "_store.py", None),
    ("The conformance suite", "testkit.py", None),
]
HEAD = """# The Python package, name by name

Made from the package's stubs by `bindings/python/reference.py`.
Everything is in `mfakit` itself, and the conformance suite in `mfakit.testkit`.
"""


def prose(text: str | None) -> str:
    """A docstring as Markdown: one sentence per line, and code as code."""
    if not text:
        return ""
    out = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        if paragraph.lstrip().startswith("- "):
            out.append("\n".join(line.strip() for line in re.sub(r"\n\s+(?!\s*- )", " ", paragraph).splitlines()))
            continue
        if "::" in paragraph or paragraph.startswith("    "):
            paragraph = re.sub(r"::\s*$", ".", paragraph)
            if paragraph.startswith("    "):
                continue
        line = " ".join(paragraph.split())
        out.append(re.sub(r"(?<=[.!?]) (?=[A-Z`])", "\n", line))
    text = "\n\n".join(out)
    text = re.sub(r":\w+:`([^`]+)`", r"`\1`", text)
    return text.replace("``", "`")


def signature(node: ast.FunctionDef, source: str) -> str:
    """The call as it is written, in one line."""
    arguments = ast.unparse(node.args)
    arguments = re.sub(r"^(self|cls)(, /)?(, )?", "", arguments)
    name = node.name
    answer = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{name}({arguments}){answer}"


def is_property(node: ast.FunctionDef) -> bool:
    """Whether it is read without a call."""
    return any(isinstance(it, ast.Name) and it.id == "property" for it in node.decorator_list)


def describe(node: ast.stmt, source: str) -> list[str]:
    """A class or function."""
    if isinstance(node, ast.FunctionDef):
        return [
            f"### `{node.name}`",
            "",
            "```python",
            signature(node, source),
            "```",
            "",
            prose(ast.get_docstring(node)),
            "",
        ]
    assert isinstance(node, ast.ClassDef)
    out = [f"### `{node.name}`", "", prose(ast.get_docstring(node)), ""]
    body = node.body
    for place, it in enumerate(body):
        follows = body[place + 1] if place + 1 < len(body) else None
        said = (
            follows.value.value if isinstance(follows, ast.Expr) and isinstance(follows.value, ast.Constant) else None
        )
        if isinstance(it, ast.AnnAssign) and isinstance(it.target, ast.Name) and not it.target.id.startswith("_"):
            text = f": {' '.join(prose(said).split())}" if said else ""
            out.append(f"- `{it.target.id}`, `{ast.unparse(it.annotation)}`{text}")
        elif isinstance(it, ast.Assign) and isinstance(it.targets[0], ast.Name) and isinstance(it.value, ast.Constant):
            out.append(f"- `{it.targets[0].id}`: `{it.value.value!r}`")
        elif isinstance(it, ast.FunctionDef):
            if it.name.startswith("_") and it.name != "__new__":
                continue
            text = " ".join(prose(ast.get_docstring(it)).split())
            if is_property(it):
                out.append(
                    f"- `{it.name}`, `{ast.unparse(it.returns)}`: {text}" if it.returns else f"- `{it.name}`: {text}"
                )
            else:
                shown = signature(it, source).replace("__new__", node.name).removesuffix(" -> Self")
                out.append(f"- `{shown}`: {text}" if text else f"- `{shown}`")
    return [*out, ""]


def build() -> str:
    """The page."""
    parts = [HEAD]
    for title, name, chosen in SOURCES:
        source = (PACKAGE / name).read_text()
        nodes = {
            it.name: it
            for it in ast.parse(source).body
            if isinstance(it, (ast.ClassDef, ast.FunctionDef)) and not it.name.startswith("_")
        }
        if name == "_store.py":
            nodes = {key: it for key, it in nodes.items() if key not in ("own_loop", "report", "schedule", "settle")}
        parts.append(f"## {title}\n")
        for key in chosen or nodes:
            if key.startswith("Async") and name == "_mfakit.pyi":
                said = prose(ast.get_docstring(nodes[key]))  # type: ignore[arg-type]
                parts.append(f"### `{key}`\n\n{said}\n")
                continue
            parts.append("\n".join(describe(nodes[key], source)))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).rstrip() + "\n"


def main() -> int:
    """Writes or checks."""
    built = build()
    if "--check" in sys.argv:
        if not PAGE.exists() or PAGE.read_text() != built:
            print("docs/reference-python.md is not current; run bindings/python/reference.py")
            return 1
        return 0
    PAGE.write_text(built)
    return 0


if __name__ == "__main__":
    sys.exit(main())
