"""Programs that mean harm, one of each kind, written as solutions of the made-up exercise.

Each is the right solution with an attack in it, which knows the way around our guard of imports:
what stands in its way is the wall. An attack ends with an exception that tells what it got.
CANARY, PORT and PARENT are filled in: a file, a port of this machine that listens, this process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Hostile:
    """An attack, and what is said of it."""

    attack: str
    """Statements; `tank` is the first argument of the function that is called first."""
    reason: str
    """Matches what the report says was found."""
    call_s: float = 30
    long: bool = False
    """One like another, for the long run of the tests."""


HEAD: Final = """
import dataclasses as _d
M = _d.sys.modules
CANARY, PORT, PARENT = @CANARY@, @PORT@, @PARENT@

def tried(*ways):
    said = []
    for way in ways:
        try: said.append(f"GOT {way()!r}")
        except BaseException as error: said.append(f"{type(error).__name__}: {error}"[:45])
    raise RuntimeError(" | ".join(said))

def frame_with(name):
    frame = M["sys"]._getframe()
    while frame and name not in frame.f_locals: frame = frame.f_back
    return frame.f_locals[name]

def js():
    return frame_with("show").constructor.new("return globalThis")()

def run_js(code):
    return frame_with("show").constructor.new(code)()

def attack(tank):
"""

TIME: Final = r"^no answer within 1 s$"

HOSTILE: Final = {
    "reads the key": Hostile("""
        os, io = M["os"], M["io"]
        tried(lambda: open(CANARY).read(), lambda: io.FileIO(CANARY).read(),
              lambda: os.open(CANARY, 0), lambda: os.stat(CANARY),
              lambda: open("/proc/self/environ").read())
        """, r"^RuntimeError in line \d+: (FileNotFoundError[^|]*\|? ?){5}$"),
    "reads the environment": Hostile(
        'raise RuntimeError(dict(M["os"].environ))', r"RuntimeError.*HOME.*/home/student"),
    "writes beside the key": Hostile(
        """
        with open(CANARY.rpartition("/")[0] + "/new", "w") as file: file.write("x")
        """, "FileNotFoundError", long=True),
    "opens a socket": Hostile("""
        load = M["importlib"].import_module
        socket = load("socket")
        address = ("127.0.0.1", PORT)
        tried(lambda: socket.create_connection(address),
              lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", address))
        """, r"RuntimeError.*(Error|refused).*\|.*Error|its process ended|ReferenceError"),
    "asks the network by js": Hostile("""
        url = f"http://127.0.0.1:{PORT}/"
        tried(lambda: js().fetch(url), lambda: js().WebSocket.new(url), lambda: js().Worker,
              lambda: js().XMLHttpRequest, lambda: js().EventSource)
        """, r"RuntimeError.*(AttributeError: (fetch|WebSocket|Worker|X|Ev)[^|]*\|? ?){5}$"),
    "imports by js": Hostile("""
        found = run_js(f"globalThis.got = 'none'; import('node:fs').then("
                       f"(fs) => globalThis.got = fs.readFileSync('{CANARY}'),"
                       f"(error) => globalThis.got = error.message)")
        M["time"].sleep(0.2)
        tried(lambda: js().got)
        """, "RuntimeError.*GOT 'none'", long=True),
    "runs deno's own": Hostile(
        "tried(lambda: js().Deno, lambda: js().process, lambda: run_js('return Deno.env'))",
        r"RuntimeError.*AttributeError: Deno.*AttributeError: process.*Deno is not"),
    "starts processes": Hostile("""
        os, load = M["os"], M["importlib"].import_module
        tried(lambda: os.fork(), lambda: os.execv("/bin/sh", ["sh"]),
              lambda: os.posix_spawn("/bin/sh", ["sh"], {}),
              lambda: load("subprocess").run(["/bin/sh", "-c", "exit"]))
        """, r"RuntimeError in line \d+: ([A-Za-z]*Error[^|]*\|? ?){4}$"),
    "asks a shell": Hostile(
        'raise RuntimeError(M["os"].system(f"touch {CANARY}.new"))', "(?i)error|its process ended"),
    "ends its parent": Hostile("""
        os = M["os"]
        tried(lambda: os.kill(PARENT, 9), lambda: os.killpg(os.getpgid(PARENT), 9))
        """, r"(?i)error|its process ended"),
    "fills memory": Hostile("""
        kept = []
        while True: kept.append(bytearray(1 << 22))
        """, r"^MemoryError in line \d+"),
    "fills memory with files": Hostile("""
        for number in range(10**6):
            with open(f"/tmp/{number}", "wb") as file: file.write(bytes(1 << 22))
        """, r"^more than 512 MiB of memory$|^OSError|^MemoryError|its process ended"),
    "fills memory by js": Hostile("""
        run_js("const a = []; for (;;) a.push(new Uint8Array(1 << 24).fill(1))")
        """, r"^more than 512 MiB of memory$|^RangeError|^JsException|its process ended", long=True),
    "loops": Hostile("while True: pass", TIME, 1),
    "loops and catches": Hostile("""
        while True:
            try:
                while True: pass
            except BaseException: pass
        """, TIME, 1),
    "loops by js": Hostile('run_js("for (;;);")', TIME, 1, long=True),
    "sleeps": Hostile('M["time"].sleep(1000)', TIME, 1, long=True),
    "reads the next question": Hostile(
        'frame_with("read")(); raise RuntimeError("GOT a question")', TIME, 1),
    "calls itself": Hostile("attack(tank)", r"^RecursionError in line \d+"),
    "breaks the interpreter": Hostile("""
        x = []
        for _ in range(300_000): x = [x]
        while x: x, y = x[0], x
        del y
        for _ in range(300_000): x = (x,)
        hash(x)
        """, "RecursionError|its process ended by itself"),
    "patches what answers": Hostile("""
        serve = M["vmlab.lab.serve"]
        serve.Served._say = lambda self, message: self._write('{"say":"result","value":99}')
        M["json"].dumps = M["json"].loads = lambda *a, **k: {"say": "result", "value": 99}
        M["builtins"].isinstance = lambda *a: True
        M["vmlab.lab.wire"].encode = lambda *a: True
        """, r"99"),
    "says what was not asked": Hostile("""
        for _ in range(100): frame_with("write")('{"say":"result","value":99,"carried":{}}')
        """, r"99"),
    "says no JSON": Hostile(
        'frame_with("write")("<b>no</b>")', r"^expected a line of JSON, found something else$"),
    "says other bytes": Hostile("""
        run_js("return 0")
        frame_with("write")("x" * (5 << 20))
        """, r"^an answer of more than 4 MiB$", long=True),
    "answers without end": Hostile("""
        line = '{"say":"ask","object":0,"method":"level","args":["' + "x" * 3_000_000 + '"]}'
        while True: frame_with("write")(line)
        """, r"^answers of more than 8 MiB in all$"),
    "prints without end": Hostile("""
        for _ in range(20_000): print("GOT " * 100)
        for _ in range(20): frame_with("show")("x" * 1_000_000)
        raise RuntimeError("printed")
        """, r"^RuntimeError in line \d+: printed$"),
    "asks for what it may not": Hostile("""
        ask = tank._served.ask
        tried(*(lambda name=name: ask(0, name, ())
                for name in ("drain", "__class__", "__init__", "_levels", "level.__globals__")),
              lambda: ask(7, "level", (0,)), lambda: ask(0, "level", ("x",)),
              lambda: ask(0, "level", (10**9,)), lambda: ask(0, "level", ()))
        """, r"^RuntimeError in line \d+: (ValueError[^|]*\|? ?){9}$"),
    "asks without end": Hostile(
        "while True: tank.level(0)", r"^the program asked 2,000 questions in one call$"),
    "brings js": Hostile("""
        names = ("js", "pyodide_js", "pyodide", "pyodide.code", "pyodide.ffi", "_pyodide",
                 "_pyodide._base", "_pyodide_core")
        tried(*(lambda name=name: M["importlib"].import_module(name) for name in names))
        """, r"^RuntimeError in line \d+: (\w*(Import|NotFound)Error[^|]*\|? ?){8}$"),
    "brings the grader": Hostile("""
        names = ("vmlab.course", "vmlab.session", "vmlab.course.remote", "tests.sandbox.pump")
        tried(*(lambda name=name: M["importlib"].import_module(name) for name in names))
        """, r"^RuntimeError in line \d+: (ModuleNotFoundError[^|]*\|? ?){4}$"),
    "raises what a terminal obeys": Hostile("""
        text = "\\x1b]0;x\\x07<script>alert(1)</script>\\u202e\\n"
        raise type("E\\x1b[2J", (Exception,), {})(text)
        """, r"^E\\x1b\[2J in line \d+: \\x1b\]0;x\\x07<script>alert\(1\)</script>\\u202e\\n$"),
    "raises what cannot be shown": Hostile("""
        class Odd(BaseException):
            def __str__(self): raise KeyError
        raise Odd
        """, r"^Odd in line \d+$", long=True),
    "leaves": Hostile("raise SystemExit(0)", r"^SystemExit in line \d+: 0$"),
    "ends its process": Hostile('M["os"]._exit(0)', r"^its process ended by itself \(status \d\)$"),
    "aborts": Hostile('M["os"].abort()', r"^its process ended by itself", long=True),
    "starts a thread": Hostile(
        'M["_thread"].start_new_thread(print, ())', "^RuntimeError in line.*thread"),
}  # fmt: skip

ANSWERS: Final = {
    "1 << 100": r"numbers of at most 80 bits",
    "type('int', (int,), {})(3), 4": r"found tuple",
    "True": r"found bool True",
    "Pte('a', V)": r"expected Pte.ppn of type int, found str",
    "type('Pte', (), {})()": r"expected .* one of the exercise's records, found Pte",
    "tank": r"expected a value as result, found a _Proxy of the guest|found _Proxy",
    "float('nan')": r"expected .* one of the exercise's records, found float",
    "'\\ud800\\x1b'": r"found str '\\ud800\\x1b'",
}
"""Answers of no kind that was asked for, to a question for a whole number."""

NAIVE: Final = {
    "import os": "`import os` in line 2",
    "import js": "`import js` in line 2",
    "from pyodide.code import run_js": "`from pyodide.code import` in line 2",
    "import vmlab.course": "`import vmlab.course` in line 2",
    "from vmlab import session": "`from vmlab import` in line 2",
    "from . import grade": "`from . import` in line 2",
    "import math, socket": "`import socket` in line 2",
}
"""What is refused before it runs, and inside as well."""


def program(solution: str, hostile: Hostile) -> str:
    """The solution with the attack in it."""
    lines = [line for line in hostile.attack.splitlines() if line.strip()]
    indent = min(len(line) - len(line.lstrip()) for line in lines)
    body = "\n".join("    " + line[indent:] for line in lines)
    return solution.replace("    return max(", "    attack(tank)\n    return max(") + HEAD + body
