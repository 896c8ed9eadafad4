"""What a compiler wrote down of its sources (DWARF, versions 2 to 5), read for debugging.

`scan` reads numbers, `sections` finds the parts in an ELF file or in a guest's debug file, `lines`
runs line programs, `units` finds functions and what was inlined into them, `frames` reads call
frame information; `info` puts them together.

Parsed here and not by pyelftools: a sibling reference that points back, or a table of a million
empty sequences, would keep that busy for ever, and files come from anywhere. Here every loop takes
a byte of the file each time round, and what a file may unfold to is bounded.
"""
