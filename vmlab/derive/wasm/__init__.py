"""The description printed as WebAssembly: the same texts as `pysrc`, from the same schedule.

`opcodes` has the instructions of wasm that we use, `module` writes binaries, `text` writes the
same modules readably, `functions` prints a kernel and `instructions` an instruction as one
function, `helpers` are what wasm lacks, `relocation` moves a printed module, `interp` exports every
text by itself (for tests and tools; the engine's module is `derive.t1.module`).
"""
