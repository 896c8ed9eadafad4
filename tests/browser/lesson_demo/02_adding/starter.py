def add(a: int, b: int) -> int:
    """The sum of two words of 64 bits."""
    return a + b
