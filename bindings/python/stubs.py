"""Writes the stubs of ``AsyncEngine`` and ``AsyncTenant`` after those of ``Engine`` and ``Tenant``.

python stubs.py            writes them
python stubs.py --check    says whether they are current
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

STUB = Path(__file__).parent / "python" / "mfakit" / "_mfakit.pyi"
MARK = "# ---- the same, awaited ----\n"
DOCS = {
    "AsyncEngine": '    """The engine, whose calls are awaited, on the event loop that is running.\n\n'
    "    The calls are those of :class:`Engine`; cancelling one leaves what it commits stored whole or not at all.\n"
    '    """\n',
    "AsyncTenant": '    """One tenant, whose calls are awaited; as :class:`Tenant`."""\n',
}
PLAIN = {"__new__", "tenant", "danger_replace_keyring", "name"}


def awaited(text: str, lines: list[str], node: ast.ClassDef, name: str) -> str:
    """The class with ``Awaitable`` around what its calls answer."""
    out = [f"@final\nclass {name}:\n", DOCS[name], "\n"]
    for method in node.body:
        if not isinstance(method, ast.FunctionDef):
            continue
        start = min([method.lineno, *(it.lineno for it in method.decorator_list)]) - 1
        body = lines[start : method.end_lineno]
        joined = "".join(body)
        if method.name not in PLAIN:
            answer = ast.get_source_segment(text, method.returns)
            joined = joined.replace(f"-> {answer}:", f"-> Awaitable[{answer}]:", 1)
        joined = joined.replace("-> Tenant:", "-> AsyncTenant:")
        out.append(joined.rstrip() + "\n\n")
    return "".join(out)


def build(text: str) -> str:
    """The whole stub with its last part written anew."""
    text = text.split(MARK)[0].rstrip() + "\n"
    lines = text.splitlines(keepends=True)
    classes = {it.name: it for it in ast.parse(text).body if isinstance(it, ast.ClassDef)}
    parts = [text, "\n", MARK, "\n"]
    parts += [awaited(text, lines, classes[it.removeprefix("Async")], it) for it in DOCS]
    return "".join(parts).rstrip() + "\n"


def main() -> int:
    """Writes or checks."""
    text = STUB.read_text()
    built = build(text)
    if "--check" in sys.argv:
        if built != text:
            print("the stubs of the async classes are not current; run stubs.py")
            return 1
        return 0
    STUB.write_text(built)
    return 0


if __name__ == "__main__":
    sys.exit(main())
