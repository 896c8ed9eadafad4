"""Virtio 1.2 devices behind the memory-mapped transport: block, console, entropy.

Section numbers are those of the virtio specification, version 1.2.
"""
