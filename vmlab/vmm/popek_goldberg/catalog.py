"""The instruction sets that can be classified, by the names of the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.vmm.popek_goldberg import rv64
from vmlab.vmm.popek_goldberg.models.ia32 import ia32
from vmlab.vmm.popek_goldberg.models.pdp10 import pdp10
from vmlab.vmm.popek_goldberg.models.s370 import s370
from vmlab.vmm.popek_goldberg.models.toy import toy
from vmlab.vmm.popek_goldberg.subject import Finding, Row, Subject, examine
from vmlab.vmm.popek_goldberg.theorems import Theorem, theorems

SUBJECTS: Final[Mapping[str, Callable[[int], Subject]]] = MappingProxyType(
    {
        **{name: partial(rv64.subject, name) for name in rv64.VARIANTS},
        **{model.name: model.subject for model in (s370, ia32, pdp10, toy)},
    }
)


@dataclass(frozen=True, slots=True)
class Classification:
    """An instruction set, what was found of each instruction, and what follows."""

    subject: Subject
    seed: int
    findings: tuple[Finding, ...]
    theorems: tuple[Theorem, Theorem, Theorem]

    def finding(self, name: str) -> Finding:
        """One instruction's. Raises `BadInput` for a name that is none."""
        row = row_of(self.subject, name)
        return next(one for one in self.findings if one.row is row)


def row_of(subject: Subject, name: str) -> Row:
    """The row of one instruction. Raises `BadInput` for a name that is none."""
    for row in subject.rows:
        if row.name == name:
            return row
    names = [row.name for row in subject.rows]
    word = name.partition(" ")[0]
    alike = [one for one in names if word and word in one]
    raise BadInput(
        f"expected an instruction of {subject.isa}, such as {', '.join((alike or names)[:4])}, "
        f"found {name!r}"
    )


def subject_of(name: str, seed: int = 0) -> Subject:
    """An instruction set by its name. Raises `BadInput` for a name that is none."""
    if name not in SUBJECTS:
        raise BadInput(f"expected --isa to be one of {', '.join(SUBJECTS)}, found {name!r}")
    return SUBJECTS[name](seed)


def classification(name: str, seed: int = 0) -> Classification:
    """Classify an instruction set by its name. Raises `BadInput` for a name that is none."""
    return classification_of(subject_of(name, seed), seed)


def classification_of(subject: Subject, seed: int = 0) -> Classification:
    """Classify each row of a subject; every witness has been run again."""
    findings = tuple(examine(row) for row in subject.rows)
    return Classification(subject, seed, findings, theorems(findings))
