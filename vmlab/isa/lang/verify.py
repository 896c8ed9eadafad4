"""What must be true of every traced text, checked once when it is traced.

For instructions: whatever may trap stands before the first write (so a trap never has to undo
anything), and there is at most one memory access, atomics aside. For kernels: every path returns
as many values as declared, none wider than declared; nothing traps (a kernel returns a cause).
"""

from __future__ import annotations

from vmlab.isa.lang.ir import (
    Bind,
    Block,
    Effect,
    If,
    Jump,
    Leave,
    Loop,
    RaiseTrap,
    Read,
    Return,
    Statement,
    Traced,
    TraceError,
    Variable,
    Write,
    XReg,
    walk,
)

BY_ADDRESS = frozenset(
    {
        *("load", "store", "amo_load", "load_reserved", "store_conditional"),
        *("guest_load", "guest_load_code", "guest_store"),
    }
)
"""Accesses by virtual address: each is the kernel of that name, and traps with its cause."""
WRITES = frozenset(
    {
        *("ram_store", "mmio_store", "mmio_load", "store", "store_conditional", "load_reserved"),
        *("guest_store", "hook"),
    }
)
MEMORY = BY_ADDRESS | {"ram_load", "ram_store", "mmio_load", "mmio_store", "mmio_fetch"}


def _writes_state(statement: Statement) -> bool:
    if isinstance(statement, Write):
        return not isinstance(statement.place, Variable)
    if isinstance(statement, Effect):
        if statement.what == "call":
            assert statement.kernel is not None
            return kernel_writes(statement.kernel.traced().body)
        return statement.what in WRITES
    return False


def kernel_writes(body: Block) -> bool:
    """True if the text, or a kernel that it calls, changes anything that a guest can see."""
    return any(_writes_state(statement) for statement in walk(body))


def _check_traps_first(name: str, block: Block, written: bool) -> bool:
    """Follow the text in order; True if something has been written at its end."""
    for statement in block.statements:
        if isinstance(statement, If):
            then = _check_traps_first(name, statement.then, written)
            other = _check_traps_first(name, statement.otherwise, written)
            # A branch that ends in a trap does not reach the statements below.
            written = (then and not _ends(statement.then)) or (
                other and not _ends(statement.otherwise)
            )
            continue
        if isinstance(statement, Loop):
            raise TraceError(f"{name}: a loop belongs in a kernel")
        traps = isinstance(statement, RaiseTrap) or (
            isinstance(statement, Effect) and statement.what in BY_ADDRESS
        )
        if traps and written:
            raise TraceError(f"{name}: something that may trap stands after a write")
        written = written or _writes_state(statement)
    return written


def _ends(block: Block) -> bool:
    return bool(block.statements) and isinstance(block.statements[-1], RaiseTrap | Return | Leave)


def _accesses(block: Block) -> int:
    """The largest number of memory accesses on any path."""
    total = 0
    for statement in block.statements:
        if isinstance(statement, Effect) and statement.what in MEMORY:
            total += 1
        elif isinstance(statement, If):
            total += max(_accesses(statement.then), _accesses(statement.otherwise))
    return total


def verify_instruction(name: str, traced: Traced) -> None:
    """Raise `TraceError` if an instruction's text breaks a rule."""
    _check_traps_first(name, traced.body, False)
    # The store of an AMO follows its load, which has made sure that it will not fault.
    atomic = any(
        isinstance(statement, Effect) and statement.what == "amo_load"
        for statement in walk(traced.body)
    )
    if _accesses(traced.body) > 1 + atomic:
        raise TraceError(f"{name}: more than one memory access")
    if any(isinstance(statement, Return) for statement in walk(traced.body)):
        raise TraceError(f"{name}: an instruction does not return values")


def _check_returns(name: str, block: Block, widths: tuple[int, ...]) -> bool:
    """Check each return; True if every path through the block returns."""
    for at, statement in enumerate(block.statements):
        if isinstance(statement, Return):
            if len(statement.values) != len(widths):
                raise TraceError(
                    f"{name}: returns {len(statement.values)} values, declared {len(widths)}"
                )
            for value, width in zip(statement.values, widths, strict=True):
                if value.width > width:
                    raise TraceError(f"{name}: a result of {value.width} bits, declared {width}")
            if at + 1 != len(block.statements):
                raise TraceError(f"{name}: statements after a return")
            return True
        if isinstance(statement, If):
            then = _check_returns(name, statement.then, widths)
            other = _check_returns(name, statement.otherwise, widths)
            if then and other:
                if at + 1 != len(block.statements):
                    raise TraceError(f"{name}: statements that no path reaches")
                return True
        if isinstance(statement, Loop):
            _check_returns(name, statement.body, widths)
            if not any(isinstance(inner, Leave) for inner in walk(statement.body)):
                return True
    return False


def verify_kernel(name: str, traced: Traced, widths: tuple[int, ...]) -> None:
    """Raise `TraceError` if a kernel's text breaks a rule."""
    for statement in walk(traced.body):
        if isinstance(statement, RaiseTrap | Jump):
            raise TraceError(f"{name}: a kernel returns a cause, it does not trap or jump")
        if isinstance(statement, Effect) and statement.what in BY_ADDRESS:
            raise TraceError(f"{name}: a kernel accesses memory by physical address")
        if (
            isinstance(statement, Bind)
            and isinstance(statement.value, Read)
            and isinstance(statement.value.place, XReg)
        ):
            raise TraceError(f"{name}: a kernel gets register values as parameters")
        if isinstance(statement, Write) and isinstance(statement.place, XReg):
            raise TraceError(f"{name}: a kernel returns values, the instruction writes registers")
    if not _check_returns(name, traced.body, widths) and widths:
        raise TraceError(f"{name}: a path ends without returning")
