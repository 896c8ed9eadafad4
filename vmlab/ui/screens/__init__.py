"""Whole screens: widgets put together. `screen` is the one component that draws them."""
