"""`vmlab run`: run a guest to its end, with its console on this terminal.

Standard output carries the guest's console and nothing else, byte for byte and at once; all that
vmlab itself has to say goes to standard error.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperCommand

from vmlab.cli import options
from vmlab.cli.files import check_can_write, read_file, write_file
from vmlab.cli.script import Script, compile_regex, decode_text
from vmlab.core.errors import BadInput, VmlabError

if TYPE_CHECKING:
    from vmlab.session import Session
    from vmlab.session.tracing import Tracer

_PAIR: Final = "\0"
"""Joins the two arguments of `--send`: no argument of a process can hold this byte."""


class RunCommand(TyperCommand):
    """Lets `--send` take two arguments and be repeated, which Typer's lists can't say."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Join the two arguments of each `--send` before they are parsed."""
        return super().parse_args(ctx, join_pairs(args))


def join_pairs(args: list[str]) -> list[str]:
    """`--send R T` as one argument, up to a `--`. Raises `BadInput` when one is missing."""
    joined: list[str] = []
    rest = iter(args)
    for argument in rest:
        if argument == "--":
            return [*joined, argument, *rest]
        if argument != "--send":
            joined.append(argument)
            continue
        pair = list(islice(rest, 2))
        if len(pair) != 2:
            raise BadInput(f"--send: expected a regex and a text, found {pair or 'nothing'}")
        joined.append(f"--send={_PAIR.join(pair)}")
    return joined


def run(
    image: options.Image = None,
    bios: options.Bios = None,
    kernel: options.Kernel = None,
    initrd: options.Initrd = None,
    append: options.Append = None,
    disk: options.Disk = None,
    ram: options.Ram = "64M",
    isa: options.Isa = None,
    translation: options.Translation = "sv57",
    misaligned: options.Misaligned = "trap",
    illegal_tval: options.IllegalTval = "word",
    access_tinst: options.AccessTinst = "zero",
    dtb: options.Dtb = None,
    dump_dtb: Annotated[
        Path | None, typer.Option(metavar="F", help="Write the device tree to F, and do not run.")
    ] = None,
    technique: options.Technique = None,
    engine: options.Engine = "auto",
    breaks: Annotated[
        list[str] | None,
        typer.Option(
            "--break",
            metavar="PLACE",
            help="Stop with status 0 before the instruction at PLACE: a virtual address, a symbol, "
            "a symbol+0x10; with ' if CONDITION' only where that holds. Repeat it for more.",
        ),
    ] = None,
    watches: Annotated[
        list[str] | None,
        typer.Option(
            "--watch",
            metavar="PLACE[:LENGTH[:r|w|rw]]",
            help="Stop with status 0 after the instruction that accessed memory at PLACE: LENGTH "
            "bytes (8), read (r), written (w, the default) or both (rw). Repeat it for more.",
        ),
    ] = None,
    max_insns: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Stop after N retired instructions, with status 3."),
    ] = None,
    seed: options.Seed = 0,
    record: Annotated[
        Path | None, typer.Option(metavar="F", help="Record the run: what was typed, and when.")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(metavar="F", help="Run what was recorded in F again.")
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="F", help="Save the whole state at the end: --load F goes on from there."
        ),
    ] = None,
    load: Annotated[
        Path | None,
        typer.Option(metavar="F", help="Go on where F was saved, or where the recording F ends."),
    ] = None,
    trace: Annotated[
        Path | None,
        typer.Option(
            metavar="F",
            help="Write a timeline to F for ui.perfetto.dev: JSON, or Perfetto's own form if F "
            "ends in .perfetto-trace.",
        ),
    ] = None,
    stats: Annotated[
        Path | None, typer.Option(metavar="F", help="Write counts and the state hash to F as JSON.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Say at the end the same JSON, on standard error.")
    ] = False,
    send: Annotated[
        list[str] | None,
        typer.Option(
            metavar="REGEX TEXT",
            help=r"When REGEX has been printed, type TEXT (\n, \r and \xHH are decoded). "
            "Repeat it for a conversation.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="REGEX", help="Stop with status 0 when REGEX is printed, after the last --send."
        ),
    ] = None,
) -> None:
    r"""Run a guest until it ends.

    The guest's console is on standard output, and standard input is typed into it; the end of the
    input does not stop the guest. Everything else is said on standard error.

    Each --send waits for a regular expression in what was printed since the one before it matched;
    $ is the end of what was printed so far.

    Status: 0 the guest passed, or what --until, --break or --watch wait for has come; 1 it failed,
    2 bad input, 3 instruction limit, 130 interrupted (by Ctrl-C, or because nobody reads standard
    output any more).

    Examples:

      vmlab run tour

      vmlab run build/hello.elf --ram 16M --max-insns 1000000

      vmlab run primes --stats primes.json >/dev/null

      vmlab run echo --send 'q' 'hello\r' --until 'hello'

      vmlab run --bios fw_jump.bin --kernel u-boot.bin --send 'Hit any key' ' ' --until '=> $'

      vmlab run tour --watch kernel_data:4:rw --break s_trap+0x10

      vmlab run echo --record talk.zip && vmlab run --replay talk.zip

      vmlab run primes --max-insns 1000000 --save half.zip; vmlab run --load half.zip

      vmlab run tour --trace tour.perfetto-trace

      vmlab run nano --technique trap_emulate --append 'sys 3'
    """
    script = script_of(send or [], until)
    check_can_write(dump_dtb, record, save, trace, stats)
    if replay is not None or load is not None:
        _alone(
            "--load" if replay is None else "--replay",
            {
                "IMAGE": image,
                "--bios": bios,
                "--kernel": kernel,
                "--dtb": dtb,
                "--isa": isa,
                "--initrd": initrd,
                "--append": append,
                "--disk": disk,
                "--ram": ram != "64M",
                "--seed": seed,
                "--translation": translation != "sv57",
                "--misaligned": misaligned != "trap",
                "--illegal-tval": illegal_tval != "word",
                "--access-tinst": access_tinst != "zero",
                "--technique": technique,
                "--send": replay and send,
                "--load": replay and load,
            },
        )
    elif image is None and bios is None:
        raise BadInput(
            "expected a guest's name or the path of an ELF file; vmlab guests lists the guests"
        )

    # Here, so that `--help` does not wait for the machine.
    import vmlab
    from vmlab.cli.keyboard import STDIN, Keyboard
    from vmlab.cli.play import Player
    from vmlab.cli.stops import set_stops
    from vmlab.machine.statehash import state_hash_1
    from vmlab.session.files import recording_of
    from vmlab.session.opening import device_tree
    from vmlab.session.stats import stats as stats_of
    from vmlab.trace import recording

    recorded = None
    if replay is not None:
        with _named(replay):
            data = read_file(replay, "a recording")
            recorded = recording_of(data)
            session = vmlab.replay(data, engine)
    elif load is not None:
        with _named(load):
            session = vmlab.load(read_file(load, "a snapshot or a recording"), engine)
        if max_insns is not None and max_insns <= session.position:
            raise BadInput(
                f"--max-insns: expected more than the {session.position} instructions after which "
                f"{load} stands, found {max_insns}"
            )
    else:
        session = vmlab.open(
            image,
            ram=ram,
            isa=isa,
            engine=engine,
            seed=seed,
            bios=bios,
            kernel=kernel,
            dtb=dtb,
            disk=disk,
            initrd=initrd,
            append=append,
            translation=translation,
            misaligned=misaligned,
            illegal_tval=illegal_tval,
            access_tinst=access_tinst,
            technique=technique,
        )
    if session.engine_note is not None and not as_json:
        typer.echo(f"vmlab: {session.engine_note}", err=True)
    set_stops(session, breaks or [], watches or [])
    if dump_dtb is not None:
        write_file(dump_dtb, device_tree(session.setup, session.machine))
        return
    keyboard = None if recorded else Keyboard(STDIN)
    began = session.position
    player = Player(session, script, max_insns, recorded, keyboard=keyboard)
    with _tracing(session, trace) as player.tracer:
        outcome = player.play()
    if record is not None:
        write_file(record, recording.write(session.recording()))
    if save is not None:
        write_file(save, session.snapshot_file())
    # The state hash reads all of RAM: only for those who asked.
    asked_for_stats = stats is not None or as_json
    facts = stats_of(session, player.wall_s, outcome.reason, began) if asked_for_stats else {}
    if stats is not None:
        write_file(stats, (json.dumps(facts, indent=2) + "\n").encode())
    # Not to sys.stderr itself, which is None where the shell closed it.
    typer.echo(json.dumps(facts) if as_json else f"vmlab: {outcome.sentence}", err=True)
    if recorded is not None and session.steps == recorded.steps:
        _check_replay(recorded.state_hash, session.state_hash(), state_hash_1(session.machine))
    raise typer.Exit(outcome.status)


@contextmanager
def _tracing(session: Session, path: Path | None) -> Iterator[Tracer | None]:
    """Write a timeline of what runs within the block."""
    if path is None:
        yield None
        return
    from vmlab.session.tracing import Tracer

    try:
        file = path.open("wb")
    except OSError as error:
        raise BadInput(f"expected to write {str(path)!r}, found: {error.strerror}") from None
    with file:
        tracer = Tracer(session, file, path.name)
        yield tracer
        tracer.close()


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """What is wrong with a file is said with its name."""
    try:
        yield
    except VmlabError as error:
        said = str(error)
        raise type(error)(said if str(path) in said else f"{path}: {said}") from None


def script_of(sends: list[str], until: str | None) -> Script:
    """The conversation that `--send` and `--until` ask for. Raises `BadInput`."""
    pairs = []
    for joined in sends:
        regex, found, text = joined.partition(_PAIR)
        if not found:  # written as --send=REGEX
            raise BadInput(f"--send: expected a regex and a text, found {[joined]}")
        pairs.append((compile_regex("--send", regex), decode_text(text)))
    return Script(pairs, None if until is None else compile_regex("--until", until))


def _check_replay(expected: str, found: str, as_before: str) -> None:
    if expected not in (found, as_before):
        raise BadInput(
            f"--replay: expected the recorded state {expected[:16]}... at the end, found "
            f"{found[:16]}...: the recording was made by another version of vmlab"
        )


def _alone(option: str, others: Mapping[str, object]) -> None:
    """A recording holds all that the run started from, and all that was typed."""
    given = [name for name, value in others.items() if value]
    if given:
        raise BadInput(f"{option}: the file has its own guest and input, found {given[0]} too")
