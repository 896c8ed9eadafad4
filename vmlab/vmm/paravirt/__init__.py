"""Paravirtualization: the guest is built to ask its monitor (Xen)."""
