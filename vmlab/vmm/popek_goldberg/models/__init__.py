"""Small machines of history, written in the language that RISC-V is described in here.

Each is a model of the part that Popek and Goldberg's test looks at, not an emulator: words are
numbers, addresses count words, and storage is reached through a relocation-bounds register,
whatever form of address translation the real machine had. What else a model simplifies, its file
says.
"""
