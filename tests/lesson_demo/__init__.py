"""A lesson of the tests' own, so that they do not depend on what the real ones say."""
