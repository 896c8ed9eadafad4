"""The capstone: a hypervisor in RISC-V code. Its sources stand in `guests/src/capstone`; here is
what watches it from outside."""
