"""Hardware assistance in two stages: the H extension, as VT-x with EPT and AMD-V with NPT (KVM)."""
