"""Pure interpretation: the guest never runs on the hart, it is carried out (Bochs, Simics)."""
