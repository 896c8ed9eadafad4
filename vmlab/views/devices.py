"""The devices: what each holds now, a row a fact."""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.session.snapshot import Snapshot
from vmlab.views.phrase import Phrase, heard
from vmlab.views.table import Table, Translate, render, visible


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One thing that a device holds. `first` marks the device's first row."""

    device: str
    base: int
    label: Phrase
    value: str
    first: bool


def rows(snapshot: Snapshot) -> tuple[DeviceRow, ...]:
    """Devices by address, their facts in the device's own order."""
    return tuple(
        DeviceRow(
            device.name,
            device.base,
            heard(label),
            visible(value),
            at == 0,
        )
        for device in snapshot.devices
        for at, (label, value) in enumerate(device.facts)
    )


def table(devices: tuple[DeviceRow, ...]) -> Table:
    """The twin of these rows; a device is named once."""
    return Table(
        Phrase("Devices"),
        (Phrase("Device"), Phrase("Address"), Phrase("Holds"), Phrase("Value")),
        tuple(
            (
                row.device if row.first else "",
                f"{row.base:#x}" if row.first else "",
                row.label,
                heard(row.value),
            )
            for row in devices
        ),
        Phrase("No device says anything of itself."),
    )


def text(snapshot: Snapshot, translate: Translate = str) -> str:
    """The devices as lines of text."""
    return render(table(rows(snapshot)), translate)
