"""The files of a new lesson. SLUG, EXERCISE and NUMBER are filled in by `fresh`."""

from __future__ import annotations

from typing import Final

_HEADER: Final = """\
---
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

"""
_CELLS: Final = (
    """\
```{code-cell} ipython3
from vmlab.ui.lesson import begin
lesson = begin("SLUG")

import vmlab
from vmlab import Until

s = vmlab.open("tour")
lesson.show(s, "ribbon", "code")
```
""",
    """\
```{code-cell} ipython3
lesson.predict("first-mode")
```
""",
    """\
```{code-cell} ipython3
mode = s.snapshot().now.mode.name
print("the hart begins in", mode)
lesson.observed("first-mode", mode.lower())
```
""",
    """\
```{code-cell} ipython3
:tags: [exercise]
# starter.py
```
""",
    """\
```{code-cell} ipython3
lesson.check(globals())
```
""",
)
_TEXT: Final = """\
# {title}

{opening}

{0}
## {step}

{question}

{1}
{2}
{why}

## {turn}

{task}

{3}
{4}
## {seen}

{end}
"""
_ENGLISH: Final = _HEADER + _TEXT.format(
    *_CELLS,
    title="SLUG",
    opening="Say what this lesson is about, in one idea. Then show the smallest version that works.",
    step="One step",
    question="A machine was just switched on. Before you run the next cell: in which mode is the hart?",
    why="Say why, and name the concept. Every number in the text is printed by a cell.",
    turn="Your turn",
    task="Say what to write, and which three things are checked.",
    seen="What we have seen",
    end="**Think.** Ask for something that this lesson did not say.",
)
_CHINESE: Final = _HEADER + _TEXT.format(
    *_CELLS,
    title="SLUG",
    opening="用一个想法说明这一课讲什么，然后给出能运行的最小版本。",
    step="一步",
    question="机器刚刚开机。运行下一格之前请先想好：硬件线程在哪个特权级？",
    why="说明原因，并点出概念。文中的每个数都由某一格打印出来。",
    turn="轮到你了",
    task="说明要写什么，会检查哪三件事。",
    seen="我们看到了什么",
    end="**想一想。** 问一件这一课没有讲到的事。",
)
_LESSON: Final = """\
title = { en = "SLUG", zh = "SLUG" }
idea = { en = "One sentence: the one new idea.", zh = "一句话：唯一的新想法。" }
minutes = 30
guests = ["tour"]
needs = []
stops = []
# What the cells print, as regular expressions: what the text says must be true.
prints = ["^the hart begins in M$"]

[goals]
en = ["Explain the idea.", "Predict its counters.", "Change its code."]
zh = ["解释这个想法。", "预测它的计数。", "修改它的代码。"]

[[questions]]
id = "first-mode"
answer = "m"
ask = { en = "In which mode does a hart begin?", zh = "硬件线程从哪个特权级开始？" }
why = { en = "Somebody has to set up the fences before anybody is behind them.", zh = "得先有人立好栅栏，才能有人待在栅栏后面。" }
options = [
    { id = "m", en = "M", zh = "M" },
    { id = "s", en = "S", zh = "S" },
    { id = "u", en = "U", zh = "U" },
]
"""
_EXERCISE: Final = """\
slug = "EXERCISE"
number = "NUMBER"
stars = 1
minutes = 15
names = ["page_of"]
title = { en = "The page of an address", zh = "地址所在的页" }
task = { en = "Write `page_of(va) -> int`: the number of the 4 KiB page that a virtual address is in.", zh = "写出 `page_of(va) -> int`：一个虚拟地址所在的 4 KiB 页的页号。" }

[[properties]]
id = "same"
law = "equivalence"
says = { en = "The page is that of the address.", zh = "页号正是该地址所在的页。" }

[[hints]]
id = "offset"
concept = "PTE"
says = { en = "Bits 11 to 0 are the offset inside the page; {va} is in page {page}.", zh = "第 11 到 0 位是页内偏移；{va} 在第 {page} 页。" }
"""
_GRADE: Final = '''\
"""Checks of `EXERCISE`: say what is compared with what."""

from __future__ import annotations

import random
from collections.abc import Iterator

from vmlab.core.units import PAGE_BITS
from vmlab.course.exercise import Finding
from vmlab.course.student import Student

ADDRESSES = 50


def grade(student: Student, seed: int) -> Iterator[Finding]:
    """Random addresses: whatever the program is asked depends on the seed."""
    rng = random.Random(seed)
    for _ in range(ADDRESSES):
        va = rng.randrange(1 << 39)
        found = student.call("page_of", va, returns=int)
        expected = va >> PAGE_BITS
        if found != expected:
            values = {"va": f"va {va:#x}", "page": f"{expected:#x}"}
            yield Finding("same", False, "offset", values, f"{expected:#x}", f"{found:#x}")
            return
    yield Finding("same", True)
'''
_STARTER: Final = """\
from vmlab.lab import *


def page_of(va):
    return va
"""
_SOLUTION: Final = """\
from vmlab.lab import *


def page_of(va):
    return va >> 12
"""
_WRONG: Final = """\
# hint: offset
from vmlab.lab import *


def page_of(va):
    return va >> 10
"""

FILES: Final = {
    "lesson.toml": _LESSON,
    "lesson.md": _ENGLISH,
    "lesson.zh.md": _CHINESE,
    "exercise.toml": _EXERCISE,
    "grade.py": _GRADE,
    "starter.py": _STARTER,
    "solution.py": _SOLUTION,
    "wrong/offset.py": _WRONG,
}
