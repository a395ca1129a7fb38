"""Rust source reduced to what matters to a search: no comments, no literals, no test modules."""

import re

# A comment (line, or block without nesting), a raw string, a string, a character; tried in this order.
_SILENT = re.compile(
    r"""//[^\n]*
      | /\*.*?\*/
      | \bb?r(?P<hashes>\#*)".*?"(?P=hashes)
      | b?"(?:\\.|[^"\\])*"
      | b?'(?:\\.[^']*|[^'\\])'
    """,
    re.VERBOSE | re.DOTALL,
)
_TEST_ITEM = re.compile(r"#\[cfg\(test\)\]\s*(?:#\[[^\]]*\]\s*)*[^;{]*(?P<end>[;{])")


def code(source):
    """The source with comments and literals blanked; line numbers stay."""
    return _SILENT.sub(lambda match: "\n" * match.group().count("\n"), source)


def product_code(source):
    """`code` without the items under `#[cfg(test)]`; line numbers stay."""
    text = code(source)
    while match := _TEST_ITEM.search(text):
        end = match.end()
        if match.group("end") == "{":
            end = _closing_brace(text, end)
        text = text[: match.start()] + "\n" * text[match.start() : end].count("\n") + text[end:]
    return text


def _closing_brace(text, position):
    """The position after the brace that closes the one before `position`."""
    depth = 1
    while depth and position < len(text):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        position += 1
    return position


def functions(source):
    """The names of all functions that the source defines."""
    return set(re.findall(r"\bfn\s+(?:r#)?([A-Za-z_][A-Za-z0-9_]*)", code(source)))
