"""Engines: what moves a machine. One protocol (`engine.api`), one meaning (`vmlab.isa`).

T0 (`reference`) runs the description printed as Python; T1 (`interpreter`) the same printed as one
WebAssembly module, which `hosts` run. `tiers` chooses, and both work on one arena.
"""
