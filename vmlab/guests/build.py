"""Building the guests' images from their sources: `python -m vmlab.guests.build [--check]`.

The images are checked in, so that nobody needs a compiler to run a guest; this program makes them
anew with the `ziglang` package, and writes down in `images/manifest.json` what they were made of.
The same sources and the same version of `ziglang` give the same bytes on every machine: no debug
information, no path but those relative to `src/`, no time. What describes the code for debugging
stands in files of its own (`debugbuild`).
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vmlab.core.errors import BadInput, VmlabError
from vmlab.guests import debugbuild

SCHEMA: Final = "vmlab/guests/1"
SOURCES: Final = Path(__file__).parent / "src"
IMAGES: Final = Path(__file__).parent / "images"
MANIFEST: Final = "manifest.json"

PLAIN_CPU: Final = "-mcpu=generic_rv64+m+zicsr+zifencei"
"""Every instruction has 32 bits, and every machine that we can build runs it."""
KERNEL_CPU: Final = "-mcpu=generic_rv64+m+a+c+zicsr+zifencei"
"""With instructions of 16 bits, and the reservations that a kernel must take away."""
HYPERVISOR_CPU: Final = f"{PLAIN_CPU}+h"
COMMON_FLAGS: Final = (
    "-target",
    "riscv64-freestanding-none",
    "-mabi=lp64",
    "-g0",
    "-nostdlib",
)
ASSEMBLE_FLAGS: Final = COMMON_FLAGS
COMPILE_FLAGS: Final = (
    *COMMON_FLAGS,
    "-O2",
    "-std=gnu17",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-ffreestanding",
    # There is no C library: a loop that fills memory must stay a loop, not become memset.
    "-fno-builtin",
    "-mcmodel=medany",
    "-mno-relax",
    "-fno-sanitize=all",
    "-fno-stack-protector",
    "-fno-unwind-tables",
    "-fno-asynchronous-unwind-tables",
)
# Without it the user program is thrown away: nothing in the kernel calls it.
LINK_FLAGS: Final = (*COMMON_FLAGS, "-Wl,--no-gc-sections")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an image is made of. Paths are relative to `src/`; `extra` are files included."""

    name: str
    sources: tuple[str, ...]
    script: str
    extra: tuple[str, ...] = ()
    flags: tuple[str, ...] = (PLAIN_CPU,)
    """What the compiler is told besides `COMMON_FLAGS`; a folder (-I) is relative to `src/`."""

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that the image depends on."""
        return (*self.sources, *self.extra, self.script)


_CAPSTONE_PARTS: Final = (
    *("main", "exits", "mmio", "sbi", "timer"),
    *("gstage", "frames", "tree", "console", "power"),
)
_CAPSTONE: Final = Recipe(
    "capstone",
    (
        "capstone/start.S",
        "capstone/world.S",
        *(f"capstone/{part}.c" for part in _CAPSTONE_PARTS),
    ),
    "capstone/capstone.ld",
    extra=(
        "capstone/riscv.h",
        "capstone/vm.h",
        *(f"capstone/{part}.h" for part in _CAPSTONE_PARTS if part != "main"),
        "bench/tohost.h",
    ),
    flags=(HYPERVISOR_CPU,),
)
_BENCH_FILES: Final = ("runtime/kernel.c", "runtime/user.h", "bench/tohost.h", "bench/bench.h")


def _benchmark(name: str) -> Recipe:
    """One of the programs for U, under the kernel of `primes` that can end on Spike too."""
    return Recipe(
        name,
        (
            "runtime/start.S",
            "bench/kernel.c",
            "runtime/user.S",
            "bench/main.c",
            f"bench/{name}.c",
        ),
        "bench/bench.ld",
        extra=_BENCH_FILES,
    )


_NANO_FILES: Final = (
    *(f"nano/{name}.h" for name in ("abi", "riscv", "kernel", "format")),
    *(f"nano/user/{name}.h" for name in ("user", "programs")),
    *("firmware/sbi.h", "nano/hart/csr.h"),
)
_NANO_PV_FILES: Final = ("nano/pv/hypervisor.h", "nano/pv/platform.h")
_NANO_KERNEL: Final = tuple(
    f"nano/{name}"
    for name in (
        "start.S",
        "main.c",
        "fdt.c",
        "page.c",
        "vm.c",
        "proc.c",
        "trap.c",
        "syscall.c",
        "timer.c",
        "console.c",
        "string.c",
        "programs.c",
        "bench.c",
        "hart/probe.c",
    )
)
_NANO_NATIVE: Final = tuple(f"nano/native/{name}.c" for name in ("sbi", "map", "block"))
_NANO_PV: Final = tuple(f"nano/pv/{name}.c" for name in ("tables", "rings"))
NANO_PROGRAMS: Final = (
    *("sh", "sys", "mmu", "sieve", "slices", "probe", "selfsum", "tick", "blk", "evil", "bench"),
    *("cow", "spin", "grow", "crash", "panic"),
)
"""The programs of nano, each a file."""
_NANO_USER: Final = (
    "nano/user/start.S",
    *(f"nano/user/{name}.c" for name in ("lib", "programs", *NANO_PROGRAMS)),
)

RECIPES: Final = (
    Recipe("tour", ("tour/tour.S",), "assembly.ld"),
    Recipe(
        "primes",
        ("runtime/start.S", "runtime/kernel.c", "runtime/user.S", "primes/primes.c"),
        "kernel.ld",
        extra=("runtime/user.h",),
    ),
    Recipe("faults", ("faults/faults.S",), "assembly.ld"),
    Recipe("echo", ("echo/echo.S",), "assembly.ld"),
    *map(_benchmark, ("sieve", "matmul", "memcpy", "mixed", "coremark_like")),
    Recipe(
        "supervisor",
        ("runtime/start.S", "supervisor/kernel.c", "supervisor/tasks.c"),
        "bench/bench.ld",
        extra=("supervisor/calls.h", "bench/tohost.h"),
    ),
    _CAPSTONE,
    Recipe(
        "testguest",
        ("capstone/testguest/start.S", "capstone/testguest/guest.c"),
        "capstone/testguest/testguest.ld",
        flags=(HYPERVISOR_CPU,),
    ),
    Recipe(
        "firmware",
        ("firmware/start.S", "firmware/sbi.c"),
        "firmware/firmware.ld",
        extra=("firmware/sbi.h",),
        flags=(KERNEL_CPU,),
    ),
    Recipe(
        "nano_pv",
        (*_NANO_KERNEL, *_NANO_PV, *_NANO_USER),
        "nano/nano.ld",
        extra=(*_NANO_FILES, *_NANO_PV_FILES, "nano/pv/level_m/level.h"),
        flags=(KERNEL_CPU, "-Inano/pv", "-Inano/pv/level_m"),
    ),
    Recipe(
        "nano_pvu",
        (*_NANO_KERNEL, *_NANO_PV, "nano/pv/level_u/roots.c", *_NANO_USER),
        "nano/nano.ld",
        extra=(*_NANO_FILES, *_NANO_PV_FILES, "nano/pv/level_u/level.h"),
        flags=(KERNEL_CPU, "-Inano/pv", "-Inano/pv/level_u"),
    ),
    Recipe(
        "nano",
        (*_NANO_KERNEL, *_NANO_NATIVE, *_NANO_USER),
        "nano/nano.ld",
        extra=(*_NANO_FILES, "nano/native/platform.h"),
        flags=(KERNEL_CPU, "-Inano/native"),
    ),
)


def toolchain_version() -> str:
    """The version of the `ziglang` package. Raises `BadInput` when it is not installed."""
    if importlib.util.find_spec("ziglang") is None:
        raise BadInput(
            "expected the Python package ziglang to build guests, found none: make setup"
        )
    return importlib.metadata.version("ziglang")


def build(
    recipe: Recipe,
    cache: Path | None = None,
    extra: tuple[str, ...] = (),
    assembly: Path | None = None,
) -> bytes:
    """The image of one guest, as the bytes of an ELF file. `cache` keeps compiled parts, `extra`
    are further flags; in the folder `assembly` C is compiled to the same instructions as without
    those (`debugbuild`)."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        environment = {
            **os.environ,
            "ZIG_LOCAL_CACHE_DIR": str(cache or scratch / "cache"),
            "ZIG_GLOBAL_CACHE_DIR": str(cache or scratch / "cache"),
        }
        objects = []
        for source in recipe.sources:
            # The linker scripts tell the kernel's parts from the user's by these names.
            target = scratch / Path(source).with_suffix(".o").as_posix().replace("/", "_")
            flags = [*(COMPILE_FLAGS if source.endswith(".c") else ASSEMBLE_FLAGS), *recipe.flags]
            if assembly is not None and source.endswith(".c"):
                texts = []
                for more in ((), extra):
                    text = assembly / "made.s"
                    _compiler(
                        [*flags, *more, *debugbuild.TO_TEXT, source, "-o", str(text)],
                        SOURCES,
                        environment,
                    )
                    texts.append(text.read_text(encoding="utf-8"))
                text.write_text(debugbuild.grafted(*texts), encoding="utf-8")
                flags = [*ASSEMBLE_FLAGS, *recipe.flags]
                _compiler([*flags, "-c", str(text), "-o", str(target)], SOURCES, environment)
            else:
                _compiler([*flags, *extra, "-c", source, "-o", str(target)], SOURCES, environment)
            objects.append(target.name)
        script = str(SOURCES / recipe.script)
        link = (*LINK_FLAGS, *(flag for flag in recipe.flags if not flag.startswith("-I")))
        _compiler([*link, "-T", script, *objects, "-o", "image.elf"], scratch, environment)
        return (scratch / "image.elf").read_bytes()


def manifest(images: dict[str, bytes]) -> str:
    """The text of `manifest.json` for these images: what each was made of, and with what."""
    guests = {
        recipe.name: {
            "image": f"{recipe.name}.elf",
            "sha256": hashlib.sha256(images[recipe.name]).hexdigest(),
            "size_bytes": len(images[recipe.name]),
            "flags": list(recipe.flags),
            "sources": source_hashes(recipe),
        }
        for recipe in RECIPES
    }
    document = {
        "schema": SCHEMA,
        "toolchain": {"package": "ziglang", "version": toolchain_version()},
        "flags": {
            "assemble": list(ASSEMBLE_FLAGS),
            "compile": list(COMPILE_FLAGS),
            "link": list(LINK_FLAGS),
        },
        "guests": guests,
    }
    return json.dumps(document, indent=2) + "\n"


def source_hashes(recipe: Recipe) -> dict[str, str]:
    """SHA-256 of every file of a recipe, with line ends as git stores them."""
    return {
        path: hashlib.sha256((SOURCES / path).read_bytes().replace(b"\r\n", b"\n")).hexdigest()
        for path in recipe.files
    }


def check(images: dict[str, bytes], debug: dict[str, bytes]) -> list[str]:
    """What differs between these images, with their debug files, and the checked-in ones; empty
    when nothing does."""
    differences = [
        f"{name}{debugbuild.SUFFIX} differs from what its sources give"
        for name, data in debug.items()
        if debugbuild.differs(_stored(name + debugbuild.SUFFIX), data)
    ]
    differences += [
        f"{recipe.name}{debugbuild.SUFFIX} was made from other sources"
        for recipe in RECIPES
        if not debugbuild.is_of(recipe, _stored(recipe.name + debugbuild.SUFFIX))
    ]
    differences += [
        f"{name}.elf differs from what its sources give"
        for name, data in images.items()
        if _stored(f"{name}.elf") != data
    ]
    if _stored(MANIFEST) != manifest(images).encode():
        differences.append(f"{MANIFEST} does not describe these sources and images")
    return differences


def write(images: dict[str, bytes], debug: dict[str, bytes]) -> None:
    """Replace the checked-in images, what describes their code, and their manifest."""
    IMAGES.mkdir(exist_ok=True)
    for name, data in debug.items():
        if _stored(name + debugbuild.SUFFIX) != data:
            (IMAGES / f"{name}{debugbuild.SUFFIX}").write_bytes(data)
    for name, data in images.items():
        (IMAGES / f"{name}.elf").write_bytes(data)
    (IMAGES / MANIFEST).write_text(manifest(images), encoding="utf-8", newline="\n")


def main(arguments: list[str] | None = None) -> int:
    """Build all guests; with `--check` compare them with the checked-in ones instead."""
    parser = argparse.ArgumentParser(prog="python -m vmlab.guests.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 when images differ")
    parser.add_argument(
        "--debug",
        action="store_true",
        help="make all debug files too; else they are compared by their sources alone",
    )
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as cache:
            images = {recipe.name: build(recipe, Path(cache)) for recipe in RECIPES}
            debug = {
                recipe.name: debugbuild.debug_file(recipe, images[recipe.name], Path(cache))
                for recipe in RECIPES
                if options.debug or not (options.check or _described(recipe, images))
            }
        if not options.check:
            write(images, debug)
            return 0
        differences = check(images, debug)
    except VmlabError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for difference in differences:
        sys.stderr.write(f"{difference}; run python -m vmlab.guests.build\n")
    return 1 if differences else 0


def _described(recipe: Recipe, images: dict[str, bytes]) -> bool:
    """Whether the debug file of a recipe is of its sources, and of this image."""
    return images[recipe.name] == _stored(f"{recipe.name}.elf") and debugbuild.is_of(
        recipe, _stored(recipe.name + debugbuild.SUFFIX)
    )


def _compiler(arguments: list[str], folder: Path, environment: dict[str, str]) -> None:
    toolchain_version()
    command = [sys.executable, "-m", "ziglang", "cc", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BadInput(f"zig {' '.join(arguments)} failed:\n{done.stderr.strip()}")


def _stored(name: str) -> bytes:
    path = IMAGES / name
    return path.read_bytes() if path.exists() else b""


if __name__ == "__main__":
    sys.exit(main())
