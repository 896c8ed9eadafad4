"""Trap and emulate, with shadow page tables: CP-67, VM/370, Disco."""
