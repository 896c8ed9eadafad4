"""The devices of QEMU's `virt` board: each a class, its registers and its device-tree node."""
