"""Tier T1: the interpreter that is printed as one WebAssembly module."""
