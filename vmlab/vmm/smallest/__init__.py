"""The smallest monitor: it owns S and is the operating system of one program in U."""
