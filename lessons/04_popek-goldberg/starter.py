from vmlab.lab import *


def classify(step, pool):
    """Say what the instruction is, with the states that show it."""
    after = {state: step(state) for state in pool}

    behaviour = None
    for s in pool:
        u = State(s.mem, Mode.U, s.pc, s.base, s.bound, s.registers, s.operands)
        if s.mode is Mode.S and after[s] != after[u]:
            behaviour = (s, u)  # the mode made a difference; is it one that matters?

    return Verdict(privileged=False, control=None, behaviour=behaviour)
