"""The three laws of a virtual machine monitor, checked by machine (Popek and Goldberg, 1974):
equivalence, resource control and efficiency."""
