"""What the kernel makes of a line with `%pip`."""


async def get_transformed_code(arguments: list[str]) -> str:
    """The line of Python that takes its place: it says that nothing can be installed."""
    names = [one for one in arguments[1:] if not one.startswith("-")]
    return f"await __import__('piplite').install(*{names!r})"
