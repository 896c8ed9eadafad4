"""Loads a compiled catalogue. It is JSON: neither Babel nor gettext's own files are needed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files

CONTEXTS = ("messages", "heard", "page", "terms")
"""The parts of a catalogue. `messages` are our templates; `heard` the sentences of layers that
write English only; `page` the strings of the page around the workbench, in HTML and JavaScript;
`terms` those of the glossary, in lower case."""


def load(tag: str) -> Mapping[str, Mapping[str, str]]:
    """Each of `CONTEXTS` with its English templates and what they are in the language `tag`."""
    name = f"{tag.replace('-', '_')}.json"
    read: dict[str, dict[str, str]] = json.loads(
        (files("vmlab.ui.locale") / name).read_text("utf-8")
    )
    return {context: read[context] for context in CONTEXTS}
