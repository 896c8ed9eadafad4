"""T2's translator: the hot code of one page of RAM printed as one WebAssembly function.

It has no meaning of its own: every instruction is printed from the text that T0 and T1 are printed
from, with its operands written in. `blocks` finds the code of a page, `structure` arranges it for a
language without jumps, `instruction` prints one instruction, `printer` the function around them,
`region` is what comes out. The engine decides what is hot and when a region is no longer true.
"""
