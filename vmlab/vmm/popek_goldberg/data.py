"""classify/1: a classification as plain data for JSON, and witnesses back from it.

Words are hexadecimal strings, for 64 bits do not fit in every reader's numbers; registers and owned
words that are 0 are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vmlab.core.errors import BadInput
from vmlab.vmm.popek_goldberg.catalog import Classification
from vmlab.vmm.popek_goldberg.states import Mode, Outcome, State, TrapTaken
from vmlab.vmm.popek_goldberg.subject import Finding, Names, Subject
from vmlab.vmm.popek_goldberg.theorems import Theorem
from vmlab.vmm.popek_goldberg.witness import Claim, Witness

SCHEMA = "vmlab/classify/1"
Data = dict[str, Any]


def as_data(done: Classification) -> Data:
    """The whole, as the contract classify/1 has it."""
    subject = done.subject
    return {
        "schema": SCHEMA,
        "isa": subject.isa,
        "title": subject.title,
        "doc": subject.doc,
        "seed": done.seed,
        "modes": {mode.name.lower(): name for mode, name in subject.names.modes.items()},
        "theorems": {str(one.number): _theorem(one) for one in done.theorems},
        "remarks": list(subject.remarks(done.findings)),
        "instructions": [finding_data(subject, one) for one in done.findings],
    }


def _theorem(one: Theorem) -> Data:
    return {
        "holds": one.holds,
        "because": list(one.because),
        "condition": one.condition,
        "reason": one.reason,
    }


def finding_data(subject: Subject, one: Finding) -> Data:
    """One instruction's row."""
    verdict, names = one.verdict, subject.names
    return {
        "name": one.name,
        Claim.PRIVILEGED.value: verdict.privileged,
        Claim.CONTROL.value: verdict.control is not None,
        Claim.LOCATION.value: verdict.location is not None,
        Claim.MODE.value: verdict.mode is not None,
        Claim.USER.value: verdict.user is not None,
        Claim.TIMING.value: verdict.timing is not None,
        "innocuous": verdict.innocuous,
        "note": subject.note(one),
        "witness": {w.claim.value: witness_data(w, names) for w in one.witnesses} or None,
    }


def witness_data(witness: Witness, names: Names) -> Data:
    """The states before and after."""
    return {
        "before": [_outcome(one, names) for one in witness.before],
        "after": [_outcome(one, names) for one in witness.after],
    }


def _outcome(one: Outcome, names: Names) -> Data:
    if isinstance(one, TrapTaken):
        return {"trap": one.cause, "memory": one.memory, "name": names.cause(one.cause)}
    return {
        "mode": one.mode.value,
        "pc": hex(one.pc),
        "base": one.base,
        "bound": one.bound,
        "clock": hex(one.clock),
        "operands": [hex(word) for word in one.operands],
        "instruction": names.operands(one.operands),
        "mem": [hex(word) for word in one.mem],
        "registers": _named(names.registers, one.registers),
        "owned": _named(names.owned, one.owned),
    }


def _named(names: Sequence[str], words: Sequence[int]) -> dict[str, str]:
    return {name: hex(word) for name, word in zip(names, words, strict=True) if word}


def witness_of(claim: str, data: Mapping[str, Any], names: Names) -> Witness:
    """A witness from its data. Raises `BadInput` for what is none; whether it is true, says
    `witness.verify`."""
    try:
        before = tuple(_state(one, names) for one in data["before"])
        after = tuple(
            TrapTaken(int(one["trap"]), bool(one["memory"])) if "trap" in one
            else _state(one, names)
            for one in data["after"]
        )  # fmt: skip
        return Witness(Claim(claim), before, after)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(
            f"expected a witness of classify/1, found one that cannot be read: {error}"
        ) from None


def _state(data: Mapping[str, Any], names: Names) -> State:
    def words(kind: str, order: Sequence[str]) -> tuple[int, ...]:
        given = data[kind]
        strange = set(given) - set(order)
        if strange:
            raise ValueError(f"{sorted(strange)[0]} is no word of {kind}")
        return tuple(int(given.get(name, "0"), 16) for name in order)

    return State(
        mem=tuple(int(word, 16) for word in data["mem"]),
        mode=Mode(data["mode"]),
        pc=int(data["pc"], 16),
        base=int(data["base"]),
        bound=int(data["bound"]),
        registers=words("registers", names.registers),
        owned=words("owned", names.owned),
        clock=int(data["clock"], 16),
        operands=tuple(int(word, 16) for word in data["operands"]),
    )
