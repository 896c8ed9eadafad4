"""Programs of strangers, run where they can do no harm (web/docs/security.md)."""

from vmlab.course.sandbox.box import NotStarted, Sandbox, open_sandbox
from vmlab.course.sandbox.distribution import Distribution
from vmlab.course.sandbox.limits import Limits
from vmlab.course.sandbox.screening import screen
from vmlab.course.sandbox.unsafe import open_unsafe_no_sandbox

__all__ = [
    "Distribution",
    "Limits",
    "NotStarted",
    "Sandbox",
    "open_sandbox",
    "open_unsafe_no_sandbox",
    "screen",
]
