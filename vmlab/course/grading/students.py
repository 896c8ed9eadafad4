"""Who handed in what: a class's files, put together by student."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from vmlab.course.grading import times
from vmlab.course.grading.clean import folded
from vmlab.course.grading.handin import HandIn
from vmlab.course.grading.roster import Entry, Roster
from vmlab.course.progress import Progress
from vmlab.course.submission import Who

NOT_LISTED: Final = "not on the roster"


@dataclass(frozen=True, slots=True)
class Program:
    """The program of one student for one exercise that counts: the newest."""

    source: str
    when: datetime
    file: str
    attempt: int
    """How many programs for it the student has handed in, with this one."""
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class StudentWork:
    """All that one student handed in."""

    who: Who
    due: datetime | None = None
    """Of this student's own."""
    programs: dict[str, Program] = field(default_factory=dict)
    """By the slug of the exercise."""
    progress: Progress | None = None
    progress_when: datetime | None = None
    refused: list[HandIn] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def gather(hands: Sequence[HandIn], roster: Roster | None) -> list[StudentWork]:
    """The students, by id; with a roster, those who handed in nothing as well."""
    groups: dict[str, list[HandIn]] = {}
    entries: dict[str, Entry] = {}
    for hand in hands:
        entry = _entry(hand, roster)
        name = folded(entry.who.id if entry else hand.who.id)
        groups.setdefault(name, []).append(hand)
        if entry is not None:
            entries[name] = entry
    for entry in roster.entries if roster else ():
        groups.setdefault(folded(entry.who.id), [])
        entries[folded(entry.who.id)] = entry
    return [_student(groups[name], entries.get(name), roster) for name in sorted(groups)]


def _entry(hand: HandIn, roster: Roster | None) -> Entry | None:
    if roster is None:
        return None
    who = hand.who
    full = f"{who.first_name} {who.last_name}"
    return roster.find(who.id, hand.claimed, who.email, full)


def _student(hands: list[HandIn], entry: Entry | None, roster: Roster | None) -> StudentWork:
    if entry is not None and entry.timestamp is not None:
        hands = [dataclasses.replace(one, when=entry.timestamp) for one in hands]
    hands = sorted(hands, key=lambda one: one.when)
    who = entry.who if entry else _named(hands)
    work = StudentWork(who, entry.duedate if entry else None)
    if roster is not None and entry is None:
        work.notes.append(NOT_LISTED)
    work.notes += _doubts(hands, who)
    for hand in hands:
        work.notes += (f"{_name(hand)}: {note}" for note in hand.notes)
        if hand.refused:
            work.refused.append(hand)
        if hand.progress is not None:
            work.progress, work.progress_when = hand.progress, hand.when
    for slug in {slug: None for hand in hands for slug in hand.programs}:
        work.programs[slug] = _newest([one for one in hands if slug in one.programs], slug)
    return work


def _named(hands: Sequence[HandIn]) -> Who:
    """The student by the newest file that gives a name."""
    names = [one.who for one in hands if one.who.last_name or one.who.first_name]
    return dataclasses.replace((names or [one.who for one in hands])[-1], id=hands[0].who.id)


def _doubts(hands: Sequence[HandIn], who: Who) -> list[str]:
    """A manifest holds what somebody typed. Where it names another than its place does, or two
    name different people under one id, a teacher should look."""
    known = {folded(one) for one in (who.id, who.email, f"{who.first_name} {who.last_name}")}
    found = [
        f"{_name(one)}: its manifest names {one.claimed}, its place {who.id}"
        for one in hands
        if one.claimed and folded(one.claimed) not in known
    ]
    people = {
        folded(f"{one.who.last_name} {one.who.first_name}"): f"{_name(one)}: "
        f"{one.who.first_name} {one.who.last_name}"
        for one in hands
        if one.claimed and (one.who.last_name or one.who.first_name)
    }
    if len(people) > 1:
        found.append(f"files under this id name different people ({'; '.join(people.values())})")
    return found


def _newest(hands: Sequence[HandIn], slug: str) -> Program:
    """Of several, the newest counts. `hands` are in order of time."""
    last = hands[-1]
    notes: tuple[str, ...] = ()
    if len(hands) > 1:
        notes = (
            f"handed in {len(hands)} times; the newest counts: {_name(last)}, "
            f"{times.written(last.when)}",
        )
    return Program(last.programs[slug], last.when, last.file, len(hands), notes)


def _name(hand: HandIn) -> str:
    """A file, without the folders that all share."""
    return hand.file.replace("\\", "/").rpartition("/")[2]
