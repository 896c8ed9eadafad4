"""Popek and Goldberg's test of an instruction set: a search for witnesses, and what follows from
them. `search.classify` is the whole idea; the other files give it machines and check it."""
