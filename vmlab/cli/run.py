"""`vmlab run`: run a guest to its end, with its console on this terminal.

Standard output carries the guest's console and nothing else, byte for byte and at once; all that
vmlab itself has to say goes to standard error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand

from vmlab.cli.files import check_can_write, read_file, write_file
from vmlab.cli.script import Script, compile_regex, decode_text
from vmlab.core.errors import BadInput, VmlabError

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
    image: Annotated[
        str | None,
        typer.Argument(help="A guest's name (see vmlab guests), else the path of an ELF file."),
    ] = None,
    bios: Annotated[
        Path | None,
        typer.Option(metavar="F", help="Raw firmware, loaded and started at 0x80000000."),
    ] = None,
    kernel: Annotated[
        Path | None, typer.Option(metavar="F", help="A raw kernel, loaded at 0x80200000.")
    ] = None,
    initrd: Annotated[
        Path | None,
        typer.Option(metavar="F", help="An initial RAM disk, placed at the end of RAM."),
    ] = None,
    append: Annotated[
        str | None, typer.Option(metavar="S", help="The kernel's command line.")
    ] = None,
    disk: Annotated[
        Path | None,
        typer.Option(
            metavar="F",
            help="A virtio disk's content. What the guest writes is kept for this run; F itself "
            "is never written.",
        ),
    ] = None,
    ram: Annotated[str, typer.Option(metavar="SIZE", help="How much RAM: 512K, 64M, 1G.")] = "64M",
    isa: Annotated[
        str | None,
        typer.Option(metavar="ISA", help="The extensions of the hart.", show_default="all built"),
    ] = None,
    translation: Annotated[
        str,
        typer.Option(
            metavar="MODE",
            help="What satp may choose at most: bare, sv39, sv48, sv57.",
        ),
    ] = "sv57",
    misaligned: Annotated[
        str, typer.Option(metavar="WHAT", help="Misaligned loads and stores: trap, or done.")
    ] = "trap",
    illegal_tval: Annotated[
        str, typer.Option(metavar="WHAT", help="tval of an illegal instruction: its word, or zero.")
    ] = "word",
    access_tinst: Annotated[
        str,
        typer.Option(metavar="WHAT", help="htinst of a load or store that faults: zero, or full."),
    ] = "zero",
    dtb: Annotated[
        Path | None, typer.Option(metavar="F", help="A device tree to pass in place of ours.")
    ] = None,
    dump_dtb: Annotated[
        Path | None, typer.Option(metavar="F", help="Write the device tree to F, and do not run.")
    ] = None,
    engine: Annotated[
        str, typer.Option(metavar="TIER", help="t0, t1, t2, or auto: the fastest that is built.")
    ] = "auto",
    max_insns: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Stop after N retired instructions, with status 3."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="The seed of the run.")] = 0,
    record: Annotated[
        Path | None, typer.Option(metavar="F", help="Record the run: what was typed, and when.")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(metavar="F", help="Run what was recorded in F again.")
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

    Status: 0 the guest passed, 1 it failed, 2 bad input, 3 instruction limit, 130 interrupted (by
    Ctrl-C, or because nobody reads standard output any more).

    Examples:

      vmlab run tour

      vmlab run build/hello.elf --ram 16M --max-insns 1000000

      vmlab run primes --stats primes.json >/dev/null

      vmlab run echo --send 'q' 'hello\r' --until 'hello'

      vmlab run --bios fw_jump.bin --kernel u-boot.bin --send 'Hit any key' ' ' --until '=> $'

      vmlab run echo --record talk.zip && vmlab run --replay talk.zip
    """
    script = _script(send or [], until)
    check_can_write(dump_dtb, record, stats)
    if replay is not None:
        _alone(
            "--replay",
            {
                "IMAGE": image,
                "--bios": bios,
                "--kernel": kernel,
                "--dtb": dtb,
                "--isa": isa,
                "--send": send,
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
    from vmlab.session.opening import device_tree
    from vmlab.session.stats import stats as stats_of
    from vmlab.trace import recording

    recorded = None
    if replay is not None:
        data = read_file(replay, "a recording")
        try:
            recorded = recording.read(data)
        except VmlabError as error:
            raise type(error)(f"{replay}: {error}") from None
        session = vmlab.replay(data)
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
        )
    if dump_dtb is not None:
        write_file(dump_dtb, device_tree(session.setup, session.machine))
        return
    keyboard = None if recorded else Keyboard(STDIN)
    player = Player(session, script, max_insns, recorded, keyboard=keyboard)
    outcome = player.play()
    if record is not None:
        write_file(record, recording.write(session.recording()))
    # The state hash reads all of RAM: only for those who asked.
    asked_for_stats = stats is not None or as_json
    facts = stats_of(session, player.wall_s, outcome.reason) if asked_for_stats else {}
    if stats is not None:
        write_file(stats, (json.dumps(facts, indent=2) + "\n").encode())
    # Not to sys.stderr itself, which is None where the shell closed it.
    typer.echo(json.dumps(facts) if as_json else f"vmlab: {outcome.sentence}", err=True)
    if recorded is not None and session.steps == recorded.steps:
        _check_replay(session.state_hash(), recorded.state_hash)
    raise typer.Exit(outcome.status)


def _script(sends: list[str], until: str | None) -> Script:
    pairs = []
    for joined in sends:
        regex, found, text = joined.partition(_PAIR)
        if not found:  # written as --send=REGEX
            raise BadInput(f"--send: expected a regex and a text, found {[joined]}")
        pairs.append((compile_regex("--send", regex), decode_text(text)))
    return Script(pairs, None if until is None else compile_regex("--until", until))


def _check_replay(found: str, expected: str) -> None:
    if found != expected:
        raise BadInput(
            f"--replay: expected the recorded state {expected[:16]}... at the end, found "
            f"{found[:16]}...: the recording was made by another version of vmlab"
        )


def _alone(option: str, others: Mapping[str, object]) -> None:
    """A recording holds all that the run started from, and all that was typed."""
    given = [name for name, value in others.items() if value]
    if given:
        raise BadInput(f"{option}: the recording has its own guest and input, found {given[0]} too")
