"""What a program imports, asked before it is checked.

A sandbox has a few modules and no more (`vmlab.lab.allowed`). A program that imports others would
pass where its author tries it and get nothing where it is graded, so both refuse it, alike.
"""

from __future__ import annotations

import ast

from vmlab.core.errors import BadInput
from vmlab.lab.allowed import is_allowed, refusal


def check_imports(source: str, file: str) -> None:
    """Raises `BadInput` for the first import that is not allowed. What cannot be parsed is left to
    the Python that runs it."""
    try:
        tree = ast.parse(source, file)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    check_tree(tree, file)


def check_tree(tree: ast.AST, file: str) -> None:
    """The same for a program that has been parsed."""
    for node in ast.walk(tree):
        for written, module in _imports(node):
            if not is_allowed(module):
                line = getattr(node, "lineno", 0)
                raise BadInput(f"{file}: {refusal(f'`{written}` in line {line}')}")


def _imports(node: ast.AST) -> list[tuple[str, str]]:
    """Each import as it is written, and the module that it names."""
    if isinstance(node, ast.Import):
        return [(f"import {one.name}"[:80], one.name) for one in node.names]
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        return [(f"from {module} import"[:80], module)]
    return []
