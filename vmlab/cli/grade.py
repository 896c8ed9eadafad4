"""`vmlab grade`: what a whole class handed in, checked with private seeds."""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from vmlab.cli.files import check_can_write, write_file
from vmlab.core.errors import BadInput

if TYPE_CHECKING:
    from vmlab.course.grading.journal import Journal
    from vmlab.course.grading.keys import Key
    from vmlab.course.grading.local import Run
    from vmlab.course.grading.plan import Plan
    from vmlab.course.grading.results import Sheet
    from vmlab.course.grading.work import Outcome, Task

NOT_ALL: Final = 1
INTERRUPTED: Final = 130
ELSEWHERE: Final = "elsewhere"
"""In place of a folder, where each worker of a cluster has a sandbox of its own."""
LONGEST: Final = 400


def grade(
    submissions: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files (.vmlab.zip, .ipynb, .py) and folders of them.", show_default=False
        ),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The key that private seeds follow from."),
    ] = None,
    new_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a new key there, and grade nothing."),
    ] = None,
    lesson: Annotated[
        list[str] | None,
        typer.Option(metavar="SLUG", help="Grade this lesson only. Repeat it for more."),
    ] = None,
    lessons: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A folder of lessons, in place of vmlab's.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a row for each grade there.")
    ] = None,
    details: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a row for each check there.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write reports there: the class's and each student's."),
    ] = None,
    lang: Annotated[str, typer.Option(metavar="LANG", help="Of the reports: en or zh.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print vmlab/grades/1.")] = False,
    roster: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The class as CSV: student_id, last_name, ..."),
    ] = None,
    due: Annotated[
        str, typer.Option(metavar="TIME", help="When it was due: 2026-03-01T23:59+01:00.")
    ] = "",
    late: Annotated[
        float,
        typer.Option(metavar="PERCENT", min=0, max=100, help="Off for each day begun since."),
    ] = 0.0,
    seeds: Annotated[
        int, typer.Option(metavar="N", min=1, max=100, help="Seeds for each exercise.")
    ] = 3,
    show_seeds: Annotated[
        bool, typer.Option("--show-seeds", help="Let students see their seeds.")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="At the same time.", show_default="the cores"),
    ] = None,
    scheduler: Annotated[
        str, typer.Option(metavar="tcp://HOST:PORT", help="Grade on this Dask cluster.")
    ] = "",
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="S",
            min=1,
            help="For one submission, grader included.",
            show_default="what its program and grader may take at most",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Keep what an earlier run graded, or not.")
    ] = True,
    unsafe_no_sandbox: Annotated[
        bool,
        typer.Option(
            "--unsafe-no-sandbox",
            help="Run programs with all of your rights. For programs that you have read.",
        ),
    ] = False,
) -> None:
    """Grade what a class handed in, with seeds that nobody knows beforehand.

    Each program is run in a sandbox of its own; graders run here. What is graded is kept in
    .vmlab-grade.jsonl beside the tables: after Ctrl-C, the same command goes on.

    Status: 0; 1 if something could not be graded; 2 for bad input; 130 after Ctrl-C.

    Examples:

      vmlab grade --new-key key.json

      vmlab grade submitted/ --key key.json --csv grades.csv --details details.csv --html report/

      vmlab grade *.vmlab.zip --lesson shadow --due 2026-03-01T23:59 --late 10 --csv grades.csv
    """  # fmt: skip
    from vmlab.cli import gradewords
    from vmlab.cli.sitebuilder.site import web_folder
    from vmlab.course.grading import keys, report, tables, times
    from vmlab.course.grading import roster as rosters
    from vmlab.course.grading.catalogue import Catalogue
    from vmlab.course.grading.document import as_json as document
    from vmlab.course.grading.intake import find
    from vmlab.course.grading.journal import NAME, Journal
    from vmlab.course.grading.plan import Plan
    from vmlab.course.grading.results import Late, State
    from vmlab.course.grading.students import gather
    from vmlab.course.lesson import lessons_folder

    if new_key is not None:
        made = keys.write_key(new_key)
        typer.echo(f"{new_key}: a new key, {made.id}. Keep it: it belongs to nobody but you.")
        return
    if not submissions:
        raise BadInput("expected files or folders to grade, found none; see vmlab grade --help")
    check_can_write(csv, details)
    if html is not None:
        report.check_folder(html)
    report.check_language(lang)
    rule = Late(times.parse(due, "--due") if due else None, late)
    listed = rosters.read_roster(roster) if roster else None
    if late and rule.due is None and not (listed and any(one.duedate for one in listed.entries)):
        raise BadInput("--late: expected --due, or a column duedate in the roster, found neither")
    chosen = _key(key)
    catalogue = Catalogue.of(lessons or lessons_folder(), lesson or ())
    catalogue.check_graders()
    students = gather(find(submissions, catalogue), listed)
    sandbox = "" if unsafe_no_sandbox else _sandbox(bool(scheduler))
    plan = Plan(students, catalogue, chosen, seeds, sandbox)
    tasks = plan.tasks()
    beside = next((one.absolute().parent for one in (csv, details, html) if one), Path.cwd())
    _warn(unsafe_no_sandbox, chosen)
    with Journal(beside / NAME, fresh=not resume) as journal:
        known = sum(one in journal.known for one in tasks)
        run = _runner(scheduler, jobs, timeout, unsafe_no_sandbox)
        outcomes = _carried_out(plan, tasks, known, run, journal)
    sheet = plan.sheet(outcomes, rule)
    if csv is not None:
        write_file(csv, tables.grades_csv(sheet).encode())
    if details is not None:
        write_file(details, tables.details_csv(sheet).encode())
    if html is not None:
        terms = gradewords.concepts(web_folder() / "docs", lang)
        say = gradewords.translator(lang)
        report.write(html, report.pages(sheet, lang, unsafe_no_sandbox, show_seeds, terms, say))
    _tell(sheet, known)
    if as_json:
        typer.echo(json.dumps(document(sheet), indent=1))
    elif csv is None and details is None and html is None:
        typer.echo(tables.grades_csv(sheet), nl=False)
    if sheet.count(State.NOT_GRADED):
        raise typer.Exit(NOT_ALL)


def _key(path: Path | None) -> Key:
    from vmlab.course.grading import keys

    if path is None:
        return keys.Key()
    found = keys.read_key(path)
    if not keys.is_private(path):
        _say(f"{path}: others on this machine may read this key; chmod 600 keeps it yours")
    return found


def _sandbox(elsewhere: bool) -> str:
    """The folder that sandboxes start from. On a cluster each worker has its own."""
    from vmlab.cli.sandboxed import prepare

    return ELSEWHERE if elsewhere else str(prepare().folder)


def _warn(unsafe: bool, key: Key) -> None:
    """What makes a grade worth less is said before it is made."""
    if unsafe:
        _say(
            "WITHOUT A SANDBOX: each program may read, change and send away whatever you may, the "
            "key and these grades included"
        )
    if not key.secret:
        _say(
            "PUBLIC SEEDS: whoever reads vmlab's source knows them, and can hand in a program that "
            "knows the answers; --new-key FILE makes a key, --key FILE uses it"
        )


def _runner(scheduler: str, jobs: int | None, timeout: float | None, unsafe: bool) -> Run:
    if scheduler:
        from vmlab.cli.sandboxed import prepare
        from vmlab.course.grading import cluster

        if jobs is not None:
            raise BadInput("--jobs: expected none with --scheduler: its workers say how many")
        ready = None if unsafe else prepare
        return functools.partial(
            cluster.run, address=scheduler, prepare=ready, deadline_s=timeout, say=_say
        )
    from vmlab.course.grading import local

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return functools.partial(local.run, jobs=jobs or cores or 1, deadline_s=timeout)


def _carried_out(
    plan: Plan, tasks: dict[str, Task], known: int, run: Run, journal: Journal
) -> dict[str, Outcome]:
    from vmlab.cli.gradebar import progress

    left = len(tasks) - known
    if known:
        _say(f"{known} of {len(tasks)} programs are graded already: {journal.path}")
    try:
        with progress(left) as seen:
            return plan.carry_out(tasks, run, journal, seen)
    except KeyboardInterrupt:
        kept = sum(one in journal.known for one in tasks)
        _say(
            f"stopped: {kept} of {len(tasks)} programs are graded and kept in "
            f"{journal.path}; the same command goes on from there"
        )
        raise typer.Exit(INTERRUPTED) from None


def _tell(sheet: Sheet, known: int) -> None:
    """What a teacher has to know, in lines on standard error."""
    from vmlab.course.grading.clean import shown
    from vmlab.course.grading.results import State

    for work in sheet.students:
        rows = [one for one in sheet.rows if one.who == work.who]
        for note in dict.fromkeys(note for row in rows for note in row.notes):
            _say(f"{shown(work.who.id)}: {shown(note, LONGEST)}")
    for together in sheet.troubles():
        row, named = together[0], ", ".join(one.assignment for one in together)
        what = f"{shown(row.who.id)}, {named or 'a file'}"
        _say(f"not graded: {what}: {shown(row.reason, LONGEST)}")
    counts = ", ".join(f"{sheet.count(one)} {one.value}" for one in State if sheet.count(one))
    students = len(sheet.students)
    _say(f"{students} student{'s' * (students != 1)}: {counts or 'nothing to grade'}"
         f"{f' ({known} programs from the journal)' if known else ''}")  # fmt: skip


def _say(line: str) -> None:
    typer.echo(f"vmlab grade: {line}", err=True)
