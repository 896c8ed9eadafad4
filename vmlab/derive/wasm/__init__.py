"""The description printed as WebAssembly: the same texts as `pysrc`, from the same schedule.

`opcodes` has the instructions of wasm that we use, `module` writes binaries, `text` writes the
same modules readably, `functions` prints one text as one function, `interp` prints them all.
"""
