"""No monitor at all: the guest on the real machine, which every technique is compared with."""
