# hint: every
from vmlab.lab import *


def classify(step, pool):
    after = {state: step(state) for state in pool}
    ran = {state: end for state, end in after.items() if isinstance(end, State)}

    pairs = []
    for s in after:
        u = State(s.mem, Mode.U, s.pc, s.base, s.bound, s.registers, s.operands)
        if s.mode is Mode.S and u in after:
            pairs.append((s, u))

    fair = [pair for pair in pairs if not any(memory_trap(after[one]) for one in pair)]
    privileged = bool(fair) and any(s in ran and u not in ran for s, u in fair)

    control = None
    for state, end in ran.items():
        if resources(state, state) != resources(end, state):
            control = state

    behaviour = None
    for s, u in pairs:
        if s in ran and u in ran and everything_but_mode(ran[s]) != everything_but_mode(ran[u]):
            behaviour = (s, u)
    first = {}
    for state, end in ran.items():
        if (state.base, state.bound) == (end.base, end.bound):
            other = first.setdefault((state.mode, image(state)), state)
            if image(ran[other]) != image(end):
                behaviour = (other, state)
    return Verdict(privileged, control, behaviour)


def memory_trap(end):
    return isinstance(end, TrapTaken) and end.memory


def resources(s, placed):
    """Mode, R, and the storage that was not the program's when it began."""
    foreign = s.mem[: placed.base] + s.mem[placed.base + placed.bound :]
    return s.mode, s.base, s.bound, foreign


def everything_but_mode(s):
    return s.mem, s.pc, s.base, s.bound, s.registers, s.operands
