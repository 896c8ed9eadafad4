"""The machine: one hart's arena, RAM, a bus with devices, and the board they stand on.

State lives here and nowhere else; what the state means is the description's (`vmlab.isa`), and
what moves it is an engine's (`vmlab.engine`).
"""
