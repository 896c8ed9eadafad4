"""The printed Python and what it needs around it."""

from __future__ import annotations

import ast

from vmlab.engine.binding import PRIMITIVES, source


def test_the_primitives_are_those_that_the_text_calls() -> None:
    """A hook or note that no engine knows would be a NameError in the middle of a guest's run."""
    tree = ast.parse(source())
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called - defined - {"Trap", "divs", "rems"} == set(PRIMITIVES)
