"""What is mended in JupyterLite: two races, buttons that lead nowhere, cells that end unheard.

Each is one replacement in one place; a version in which that place is not found any more stops the
build, so that somebody looks whether it is mended there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from vmlab.core.errors import BrokenInvariant


@dataclass(frozen=True, slots=True)
class Mend:
    """A replacement in the files whose names match."""

    files: str
    old: str
    new: str


# The page and the kernel hand each other texts in shared memory (the package `coincident`). The
# reader waits until the first word is not 0, but the writer writes letter by letter from the front:
# a reader that comes to wait while it writes takes half a text, and the kernel dies of it. Written
# so that the first word comes last, in one store, the text is whole when it can be seen.
_COINCIDENT: Final = r"kernel-extension/static/(coincident\.worker\.|88\.)\w+\.js$"
_TEXT: Final = (
    r"for\(let (\w+)=new (\w+)\((\w+)\.buffer\),(\w+)=0;\4<(\w+)\.length;\4\+\+\)"
    r"\1\[\4\]=\5\.charCodeAt\(\4\)"
)
_TEXT_MENDED: Final = (
    r"{let \1=new \2(\3.buffer);for(let \4=2;\4<\5.length;\4++)\1[\4]=\5.charCodeAt(\4);"
    r"Atomics.store(\3,0,\5.charCodeAt(0)|\5.charCodeAt(1)<<16)}"
)
# The same for the word that says that there is an answer: its length was written just before.
_ANSWERED: Final = (r"(\w+)\[0\]=1\}else\{", r"Atomics.store(\1,0,1)}else{")

# Panel's extension brings messages to widgets, which is what it is here for; besides, it offers
# previews that only a server of Panel can make, and asks for them whenever a notebook is saved.
_PANEL: Final = r"jupyterlab_pyviz/static/30\.\w+\.js$"

MENDS: Final = (
    Mend(_COINCIDENT, _TEXT, _TEXT_MENDED),
    Mend(_COINCIDENT, *_ANSWERED),
    Mend(_PANEL, r'if\("started"!==t\)return;', "return;"),
    Mend(_PANEL, r'(addWidgetExtension\("Notebook",c\);)(?=const l=new)', r"\1return{};"),
)

# IPython says that a cell has run if it runs it itself. A cell that awaits something it leaves to
# the kernel. ipykernel says it then; this kernel does not, and pictures stood still.
_WAITED: Final = r"(?s)await (self\.interpreter\.run_cell_async\(.*?\n {12}\)\n)"
_WAITED_TOLD: Final = (
    "result = await \\1"
    '            self.interpreter.events.trigger("post_execute")\n'
    '            self.interpreter.events.trigger("post_run_cell", result)\n'
)

KERNEL_MENDS: Final = (Mend(r"pyodide_kernel/kernel\.py$", _WAITED, _WAITED_TOLD),)


def mended(files: dict[str, bytes], mends: tuple[Mend, ...] = MENDS) -> dict[str, bytes]:
    """The same files, mended."""
    made = dict(files)
    for mend in mends:
        named = [name for name in made if re.search(mend.files, name)]
        if not named:
            raise BrokenInvariant(f"expected a file {mend.files} in JupyterLite, found none")
        for name in named:
            text, count = re.subn(mend.old, mend.new, made[name].decode())
            if count != 1:
                raise BrokenInvariant(
                    f"expected one place to mend in {name}, found {count}: {mend.old}"
                )
            made[name] = text.encode()
    return made
