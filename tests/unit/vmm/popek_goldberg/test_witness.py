"""A witness is believed only after it has been run again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.unit.vmm.popek_goldberg.asked import asked
from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.vmm.popek_goldberg.catalog import SUBJECTS
from vmlab.vmm.popek_goldberg.data import as_data, witness_data, witness_of
from vmlab.vmm.popek_goldberg.states import State, flip
from vmlab.vmm.popek_goldberg.subject import Finding
from vmlab.vmm.popek_goldberg.witness import Claim, Witness, verify

SMALL = ("toy", "ia32", "pdp10", "rv64-careless")


def all_of(name: str) -> Iterator[tuple[Finding, Witness]]:
    for one in asked(name).findings:
        for witness in one.witnesses:
            yield one, witness


def first(name: str, instruction: str, claim: Claim) -> tuple[Finding, Witness]:
    finding = asked(name).finding(instruction)
    return finding, next(one for one in finding.witnesses if one.claim is claim)


@pytest.mark.parametrize("name", SUBJECTS)
def test_every_positive_finding_has_a_witness_that_runs_again(name: str) -> None:
    for one in asked(name).findings:
        verdict = one.verdict
        positive = {
            Claim.PRIVILEGED: verdict.privileged,
            Claim.CONTROL: verdict.control is not None,
            Claim.LOCATION: verdict.location is not None,
            Claim.MODE: verdict.mode is not None,
            Claim.USER: verdict.user is not None,
            Claim.TIMING: verdict.timing is not None,
        }
        assert {w.claim for w in one.witnesses} == {claim for claim, yes in positive.items() if yes}
        for witness in one.witnesses:
            verify(witness, one.row.step)


@pytest.mark.parametrize("name", SMALL)
def test_an_outcome_that_was_tampered_with_is_refused(name: str) -> None:
    tried = 0
    for one, witness in all_of(name):
        for at, end in enumerate(witness.after):
            changed = replace(end, pc=end.pc + 8) if isinstance(end, State) else witness.before[at]
            after = (*witness.after[:at], changed, *witness.after[at + 1 :])
            with pytest.raises(BrokenInvariant, match="when its states were run again"):
                verify(replace(witness, after=after), one.row.step)
            tried += 1
    assert tried


def rerun(witness: Witness, before: tuple[State, ...], one: Finding) -> Witness:
    """True outcomes of states that show nothing."""
    return Witness(witness.claim, before, tuple(one.row.step(state) for state in before))


@pytest.mark.parametrize("name", SMALL)
def test_true_outcomes_of_the_wrong_states_are_refused(name: str) -> None:
    """The same state twice differs in nothing, so it shows nothing."""
    for one, witness in all_of(name):
        if len(witness.before) == 2:
            twice = (witness.before[0], witness.before[0])
            with pytest.raises(BrokenInvariant, match="found some that do not"):
                verify(rerun(witness, twice, one), one.row.step)


def test_states_that_differ_in_more_than_the_mode_are_refused() -> None:
    one, witness = first("toy", "gmode", Claim.MODE)
    s, u = witness.before
    other = replace(u, clock=u.clock + 1)
    with pytest.raises(BrokenInvariant, match="mode_sensitive, found some that do not"):
        verify(rerun(witness, (s, other), one), one.row.step)


def test_states_with_different_images_are_refused() -> None:
    one, witness = first("toy", "lra", Claim.LOCATION)
    a, b = witness.before
    other = replace(b, registers=(b.registers[0], b.registers[1] + 1))
    with pytest.raises(BrokenInvariant, match="location_sensitive, found some that do not"):
        verify(rerun(witness, (a, other), one), one.row.step)


def test_what_happens_in_supervisor_mode_does_not_show_user_sensitivity() -> None:
    one, witness = first("toy", "lra", Claim.USER)
    flipped = tuple(flip(state) for state in witness.before)
    with pytest.raises(BrokenInvariant, match="user_sensitive, found some that do not"):
        verify(rerun(witness, flipped, one), one.row.step)


def test_a_change_of_place_does_not_show_that_the_clock_is_read() -> None:
    one, witness = first("toy", "lra", Claim.LOCATION)
    with pytest.raises(BrokenInvariant, match="timing_sensitive, found some that do not"):
        verify(replace(witness, claim=Claim.TIMING), one.row.step)


def test_an_innocuous_step_does_not_show_control() -> None:
    finding = asked("toy").finding("add")
    state = finding.row.pool[0]
    witness = Witness(Claim.CONTROL, (state,), (finding.row.step(state),))
    with pytest.raises(BrokenInvariant, match="control_sensitive, found some that do not"):
        verify(witness, finding.row.step)


def test_a_location_witness_differs_only_in_what_is_shown() -> None:
    """The pool changes every owned word at once; the witness has been made small."""
    _, witness = first("rv64", "csrr sepc", Claim.LOCATION)
    owned = asked("rv64").subject.names.owned
    a, b = witness.before
    different = [name for name, x, y in zip(owned, a.owned, b.owned, strict=True) if x != y]
    assert different == ["sepc"]
    assert (a.mem, a.base, a.clock) == (b.mem, b.base, b.clock)


# As data -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SMALL)
def test_a_witness_comes_back_from_json_and_still_holds(name: str) -> None:
    names = asked(name).subject.names
    for one, witness in all_of(name):
        text = json.dumps(witness_data(witness, names))
        back = witness_of(witness.claim.value, json.loads(text), names)
        assert back == witness
        verify(back, one.row.step)


def test_a_witness_whose_json_was_tampered_with_is_refused() -> None:
    one, witness = first("ia32", "popf", Claim.MODE)
    names = asked("ia32").subject.names
    data = witness_data(witness, names)
    data["after"][1]["registers"]["eax"] = "0xbad"
    with pytest.raises(BrokenInvariant):
        verify(witness_of("mode_sensitive", data, names), one.row.step)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.pop("before"),
        lambda data: data["before"][0].pop("mem"),
        lambda data: data["before"][0].update(mode="x"),
        lambda data: data["before"][0].update(pc="zero"),
        lambda data: data["before"][0]["registers"].update(rax="0x1"),
    ],
    ids=["no states", "no storage", "no such mode", "no number", "no such register"],
)
def test_a_witness_that_cannot_be_read_is_bad_input(change: object) -> None:
    _, witness = first("ia32", "popf", Claim.MODE)
    names = asked("ia32").subject.names
    data = witness_data(witness, names)
    assert callable(change)
    change(data)
    with pytest.raises(BadInput, match="expected a witness of classify/1"):
        witness_of("mode_sensitive", data, names)


def test_the_contract_classify_1() -> None:
    data = json.loads(json.dumps(as_data(asked("ia32"))))
    assert data["schema"] == "vmlab/classify/1"
    assert data["isa"] == "ia32"
    assert set(data["theorems"]) == {"1", "2", "3"}
    for theorem in data["theorems"].values():
        assert theorem["holds"] == (theorem["because"] == [])
        assert theorem["condition"].startswith("sufficient")
    promised = {"name", "privileged", "control_sensitive", "location_sensitive", "mode_sensitive",
                "user_sensitive", "innocuous", "witness"}  # fmt: skip
    for row in data["instructions"]:
        assert promised <= set(row)
        claims = {one.value for one in Claim if row[one.value]}
        assert claims == set(row["witness"] or {})
        sensitive = row["control_sensitive"] or row["location_sensitive"] or row["mode_sensitive"]
        assert row["innocuous"] == (not sensitive)
