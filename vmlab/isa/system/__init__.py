"""System operations as kernels: CSR access, traps, page walks, PMP, interrupts, memory access."""
