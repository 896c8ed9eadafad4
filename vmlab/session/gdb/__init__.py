"""GDB's remote protocol over a session: a debugger sees the machine, and drives it back, too.

`packets` is the framing, `registers` and `features` say what the hart has, `memory` how it is
looked at, `watching` keeps breakpoints and watchpoints, `stub` answers packets, `monitor` is what
`monitor ...` says, `server` is the socket. Only `server` does input and output.
"""
