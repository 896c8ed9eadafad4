"""Engines: what moves a machine. One protocol (`engine.api`), one meaning (`vmlab.isa`).

T0 (`engine.reference`) runs the description printed as Python.
"""
