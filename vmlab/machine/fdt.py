"""The device tree that tells a guest what this machine is (built with the `fdt` library)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import fdt

from vmlab.machine.devices.device import Node, PropertyValue
from vmlab.machine.devices.finisher import PASS, RESET

PHANDLES = {"&cpu0": 1, "&cpu0_intc": 2, "&plic": 3, "&finisher": 4}
TIMEBASE_HZ = 10_000_000


def _cell(value: str | int) -> int:
    return PHANDLES[value] if isinstance(value, str) else value


def _property(name: str, value: PropertyValue | None) -> fdt.Property:
    if value is None:
        return fdt.Property(name)
    if isinstance(value, int):
        return fdt.PropWords(name, value)
    if isinstance(value, str):
        return fdt.PropStrings(name, value)
    if any(isinstance(item, int) or item in PHANDLES for item in value):
        return fdt.PropWords(name, *(_cell(item) for item in value))
    return fdt.PropStrings(name, *value)


def _node(
    name: str, properties: Mapping[str, PropertyValue | None], *children: fdt.Node
) -> fdt.Node:
    node = fdt.Node(name)
    for key, value in properties.items():
        node.append(_property(key, value))
    for child in children:
        node.append(child)
    return node


def _cpu_map() -> fdt.Node:
    """The topology: one cluster of one core."""
    core = _node("core0", {"cpu": ["&cpu0"]})
    return _node("cpu-map", {}, _node("cluster0", {}, core))


def _syscon(name: str, value: int) -> dict[str, PropertyValue | None]:
    """How to end the machine: what to write to the finisher."""
    compatible = f"syscon-{name}"
    return {"compatible": compatible, "regmap": ["&finisher"], "offset": 0, "value": value}


def _two_cells(value: int) -> list[int]:
    return [value >> 32, value & 0xFFFFFFFF]


def chosen_node(serial: str | None, append: str | None, initrd: tuple[int, int] | None) -> fdt.Node:
    """What the user chose for the guest: its console, its command line, its initial RAM disk."""
    properties: dict[str, PropertyValue | None] = {}
    if serial:
        properties["stdout-path"] = f"/soc/{serial}"
    if append:
        properties["bootargs"] = append
    if initrd:
        properties["linux,initrd-start"] = _two_cells(initrd[0])
        properties["linux,initrd-end"] = _two_cells(initrd[1])
    return _node("chosen", properties)


def build_fdt(
    ram_base: int,
    ram_bytes: int,
    nodes: Sequence[Node],
    isa: str,
    translation: str,
    append: str | None = None,
    initrd: tuple[int, int] | None = None,
) -> bytes:
    """The flattened device tree of the board, as a guest gets it in a1. `append` is a kernel's
    command line; `initrd` are an initial RAM disk's first address and one past its last."""
    letters, *rest = isa.removeprefix("rv64").split("_")
    mmu: dict[str, PropertyValue | None] = (
        {} if translation == "bare" else {"mmu-type": f"riscv,{translation}"}
    )
    cpu = _node(
        "cpu@0",
        {
            "device_type": "cpu",
            "reg": 0,
            "phandle": ["&cpu0"],
            "status": "okay",
            "compatible": "riscv",
            "riscv,isa": isa,
            "riscv,isa-base": "rv64i",
            "riscv,isa-extensions": [*letters, *rest],
            **mmu,
        },
        _node(
            "interrupt-controller",
            {
                "#interrupt-cells": 1,
                "#address-cells": 0,
                "interrupt-controller": None,
                "compatible": "riscv,cpu-intc",
                "phandle": ["&cpu0_intc"],
            },
        ),
    )
    cells: dict[str, PropertyValue | None] = {"#address-cells": 1, "#size-cells": 0}
    memory: dict[str, PropertyValue | None] = {
        "device_type": "memory",
        "reg": [*_two_cells(ram_base), *_two_cells(ram_bytes)],
    }
    soc: dict[str, PropertyValue | None] = {
        "#address-cells": 2,
        "#size-cells": 2,
        "compatible": "simple-bus",
        "ranges": None,
    }
    serial = next((node.name for node in nodes if node.name.startswith("serial@")), None)
    tree = fdt.FDT()
    root = tree.root
    root.append(_property("#address-cells", 2))
    root.append(_property("#size-cells", 2))
    root.append(_property("compatible", "riscv-virtio"))
    root.append(_property("model", "vmlab,virt"))
    root.append(chosen_node(serial, append, initrd))
    root.append(_node("cpus", {**cells, "timebase-frequency": TIMEBASE_HZ}, cpu, _cpu_map()))
    root.append(_node(f"memory@{ram_base:x}", memory))
    root.append(_node("soc", soc, *(_node(node.name, node.properties) for node in nodes)))
    for name, value in (("poweroff", PASS), ("reboot", RESET)):
        root.append(_node(name, _syscon(name, value)))
    return bytes(tree.to_dtb(version=17))
