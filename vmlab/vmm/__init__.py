"""Virtual machine monitors: Python that owns a privilege level.

`common` holds what every technique is built on; each technique is a folder beside it.
"""
