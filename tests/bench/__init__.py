"""Measurements, printed and never asserted: a busy machine must not make a test red."""
