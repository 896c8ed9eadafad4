"""The classifier of Popek and Goldberg: which instructions trap, and which of them should.

`search.classify` is the whole idea; the other files give it machines and check what it says.
"""
