"""The catalogues of other languages: `TAG.po` to edit, `TAG.json` to load.

`reading` and `sentences` are all that runs in the page. `sources` finds the strings, `make` (with
Babel, which only developers have) brings the `.po` files up to date and compiles them. See
web/docs/translating.md.
"""
