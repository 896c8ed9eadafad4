"""Stands where JupyterLite's own installer of packages would: this site asks no other host.

The kernel imports a `piplite` when it starts, and turns `%pip` into calls of it. All packages that
a lesson needs are here from the beginning; whoever asks for another one is told so.
"""


async def install(*requirements: str, **_options: object) -> None:
    """Say that nothing can be installed. Raises ModuleNotFoundError."""
    names = " ".join(requirements) or "a package"
    raise ModuleNotFoundError(
        f"expected a package of this site, found a request for {names}: the site asks no other "
        "host for anything; what it has is imported without %pip (numpy, bokeh, panel, vmlab)"
    )
