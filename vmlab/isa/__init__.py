"""The description of RISC-V: every instruction, CSR, cause and system operation, once.

No state and no I/O. Encodings, CSR fields and cause numbers are data; meaning is traced
(`isa.lang`). Everything else that knows RISC-V is derived from here.
"""
