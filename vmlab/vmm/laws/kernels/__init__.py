"""Random kernels: seeded abstract programs for S and U, lowered to each guest profile."""
