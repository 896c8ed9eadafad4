"""Where the workbench's panels stand: the default of each width, and the presets by name.

A place is a stack of slots; a slot is a stack of panels, one of them in front. The page's script
`arrange.js` moves, resizes and remembers them. A panel that no arrangement names goes to the last
slot of `HOME`, so a new picture appears by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from vmlab.ui.i18n import t
from vmlab.views.phrase import Phrase

Slots = tuple[tuple[str, ...], ...]

CHROME: Final = ("guests", "keep", "assembly", "machine", "transport", "status", "now")
"""Kinds that are bars and not panels."""
PLACES: Final = ("left", "middle", "right", "bottom")
"""In the order of the focus; the bottom lies below middle and right."""
DEFAULTS: Final[Mapping[str, Mapping[str, Slots]]] = {
    "wide": {
        "left": (("code",), ("console", "stack", "points")),
        "middle": (("registers",),),
        "right": (("csrs",), ("traps",)),
        "bottom": (
            ("walk", "tables", "tlb", "shadow", "exits", "translation", "devices", "memory", "map"),
        ),
    },
    "narrow": {
        "left": (("code",),),
        "right": (
            ("csrs", "registers"),
            (
                "traps",
                "walk",
                "console",
                "stack",
                "points",
                "tables",
                "tlb",
                "shadow",
                "exits",
                "translation",
                "devices",
                "memory",
                "map",
            ),
        ),
    },
}
HOME: Final[Mapping[str, str]] = {"wide": "bottom", "narrow": "right"}
PHONE: Final[Mapping[str, str]] = {
    "registers": "state", "csrs": "state", "map": "memory", "tables": "walk", "tlb": "walk",
    "stack": "stack", "points": "stack", "shadow": "virtual", "exits": "virtual",
}  # fmt: skip
"""Panels that share a phone's tab; any other has one of its own."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A named arrangement for a task. Where the screen is narrow, `front` comes to the front."""

    title: Phrase
    places: Mapping[str, Slots]
    front: tuple[str, ...]
    sizes: Mapping[str, float] = field(default_factory=dict)
    """Shares: of the width for `left`, of the rest for `middle`, of the height for `bottom`."""
    closed: tuple[str, ...] = ()


PRESETS: Final[Mapping[str, Preset]] = {
    "traps": Preset(
        Phrase("Traps"),
        {
            "left": (("code",),),
            "middle": (("traps",),),
            "right": (("csrs",),),
            "bottom": (("registers", "walk"), ("console", "devices", "memory", "map")),
        },
        ("traps", "csrs"),
        {"left": 0.3, "middle": 0.5, "bottom": 0.34},
    ),
    "pages": Preset(
        Phrase("Page tables"),
        {
            "left": (("code",), ("traps", "console")),
            "middle": (("csrs", "registers"),),
            "right": (("tables", "tlb", "memory", "map", "devices"),),
            "bottom": (("walk",), ("shadow", "exits")),
        },
        ("walk", "csrs"),
        {"left": 0.27, "middle": 0.42, "bottom": 0.55},
    ),
    "compare": Preset(
        Phrase("Full against para"),
        {
            "left": (("code",),),
            "middle": (("traps",),),
            "right": (("csrs", "registers"),),
            "bottom": (
                ("exits", "console"),
                ("shadow", "walk", "tables", "tlb", "devices", "memory", "map"),
            ),
        },
        ("traps", "csrs"),
        {"left": 0.28, "middle": 0.52, "bottom": 0.36},
    ),
    "devices": Preset(
        Phrase("Device I/O"),
        {
            "left": (("code",),),
            "middle": (("devices",),),
            "right": (("console",),),
            "bottom": (("traps", "csrs", "registers"), ("memory", "map", "walk")),
        },
        ("console", "registers"),
        {"left": 0.27, "middle": 0.5, "bottom": 0.36},
    ),
    "debugging": Preset(
        Phrase("Debugging"),
        {
            "left": (("code",),),
            "middle": (("registers",), ("stack",)),
            "right": (("points",), ("memory", "map", "csrs")),
            "bottom": (("console",), ("traps", "walk", "devices")),
        },
        ("stack", "registers"),
        {"left": 0.34, "middle": 0.48, "bottom": 0.3},
    ),
    "translation": Preset(
        Phrase("Binary translation"),
        {
            "middle": (("code",),),
            "right": (("console", "registers", "csrs", "traps", "memory", "devices", "map"),),
            "bottom": (("translation",),),
        },
        ("translation", "registers"),
        {"middle": 0.5, "bottom": 0.7},
    ),
}
"""By the name that an address says: `v=traps`. What is not built is left out by the script."""


def known_view(name: str | None) -> str:
    """The name if there is such a preset, else the empty one of the default."""
    return name if name is not None and name in PRESETS else ""


def words(kinds: Iterable[str]) -> dict[str, Any]:
    """What `arrange.js` needs: the panels among `kinds`, where they stand, and its sentences."""
    panels = [kind for kind in kinds if kind not in CHROME and kind != "ribbon"]
    short = {
        "ribbon": t("Who runs"), "code": t("Code"), "state": t("State"), "walk": t("Walk"),
        "traps": t("Traps"), "console": t("Console"), "devices": t("Devices"),
        "memory": t("Memory"), "virtual": t("Virtual"), "stack": t("Stack"),
        "translation": t("Translation"),
    }  # fmt: skip
    return {
        "panels": panels,
        "places": PLACES,
        "defaults": DEFAULTS,
        "home": HOME,
        "phone": {kind: PHONE.get(kind, kind) for kind in ("ribbon", *panels)},
        "names": {
            "csrs": t("CSRs"), "walk": t("Page walk"), "map": t("Map"), "tables": t("Page tables"),
            "tlb": t("TLB"), "shadow": t("Shadow"), "exits": t("Exits"),
            "translation": t("Translation"),
            "stack": t("Call stack"), "points": t("Breakpoints"),
        },
        "short": short,
        "presets": [
            {
                "name": name, "title": t(one.title), "places": one.places, "front": one.front,
                "sizes": one.sizes, "closed": one.closed,
            }
            for name, one in PRESETS.items()
        ],
        "t": {
            "tabs": t("Panels"),
            "layout": t("Layout"),
            "presets": t("Arrangements"),
            "default": t("Everything"),
            "panels": t("Panels that are open"),
            "reset": t("Reset the layout"),
            "menu": t("Move, maximise or close: {name}"),
            "left": t("Move to the left"),
            "middle": t("Move to the middle"),
            "right": t("Move to the right"),
            "bottom": t("Move to the bottom"),
            "own": t("Place of its own, below"),
            "maximise": t("Maximise"),
            "restore": t("Restore"),
            "close": t("Close"),
            "width": t("Width, to the left of this line"),
            "height": t("Height, above this line"),
        },
    }  # fmt: skip
