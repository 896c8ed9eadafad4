"""Builds the static site: downloads, byte code, pages. What `vmlab site build` runs.

It stands on the command line's side of the house: the page itself is `web/site`, the Python end
of the page is `vmlab/ui/browser`. Read `site` first, it is the recipe; `environment` makes the
Python that the browser runs, `fetch` gets what that is made of, `store` remembers both.
"""
