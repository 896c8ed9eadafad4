"""Small drivers in assembly, one for each virtio device and for the UART's interrupt.

`SETUP` is what they share: it negotiates VERSION_1 and sets queue 0 of the slot in s0 up, with 4
descriptors at s1 and the rings behind them.
"""

from __future__ import annotations

SETUP = """
    la t0, failed
    csrw mtvec, t0
    la s1, rings
    la s2, rings + 0x100        # available
    la s3, rings + 0x200        # used
    sw zero, 0x70(s0)
    li t0, 3
    sw t0, 0x70(s0)
    li t0, 1
    sw t0, 0x24(s0)
    sw t0, 0x20(s0)
    li t0, 0xb
    sw t0, 0x70(s0)
    lw t1, 0x70(s0)
    bne t0, t1, failed
    li t0, QUEUE
    sw t0, 0x30(s0)
    li t0, 4
    sw t0, 0x38(s0)
    sw s1, 0x80(s0)
    sw zero, 0x84(s0)
    sw s2, 0x90(s0)
    sw zero, 0x94(s0)
    sw s3, 0xa0(s0)
    sw zero, 0xa4(s0)
    li t0, 1
    sw t0, 0x44(s0)
    li t0, 0xf
    sw t0, 0x70(s0)
"""

OFFER = """
    li t0, 1                    # one request: descriptor 0
    sh zero, 4(s2)
    sh t0, 2(s2)
    li t0, QUEUE
    sw t0, 0x50(s0)
"""

SERVED = """
    li t1, 1
1:
    fence
    lhu t0, 2(s3)               # ours answers at once; others may take a while
    bne t0, t1, 1b
"""

FAILED = """
.balign 4
failed:
    li t0, 0x100000
    li t1, 0x3333
    sw t1, 0(t0)
    j failed
"""

ROOM = """
.balign 4096
rings: .zero 4096
buffer: .zero 4096
"""


def descriptor(number: int, label: str, length: str, flags: int, following: int = 0) -> str:
    """Code that writes a descriptor."""
    return f"""
    la t0, {label}
    sd t0, {16 * number}(s1)
    li t0, {length}
    sw t0, {16 * number + 8}(s1)
    li t0, {flags | following << 16}
    sw t0, {16 * number + 12}(s1)
"""


def program(slot: int, queue: int, body: str, data: str = "") -> str:
    """A driver of the device in a slot; it ends by the finisher."""
    head = f"li s0, {0x1000_1000 + 0x1000 * slot:#x}\n"
    text = (head + SETUP + body).replace("QUEUE", str(queue))
    return (
        text + "    li t0, 0x100000\n    li t1, 0x5555\n    sw t1, 0(t0)\n" + FAILED + data + ROOM
    )


DISK = program(
    0,
    0,
    descriptor(0, "header", "16", 1, 1)
    + descriptor(1, "buffer", "512", 3, 2)
    + descriptor(2, "state", "1", 2)
    + OFFER
    + SERVED
    + """
    lbu t0, state
    bnez t0, failed
    ld a0, buffer
    li t0, 1                    # now write what was read to sector 0
    sw t0, header, t1
    sd zero, header + 8, t1
    li t0, 0x20001
    sw t0, 28(s1)
    li t0, 2
    sh t0, 2(s2)
    sh zero, 6(s2)
    sw zero, 0x50(s0)
    li t1, 1                    # the used index before this request is served
2:
    fence
    lhu a1, 2(s3)
    beq a1, t1, 2b
    lbu t0, state
    bnez t0, failed
""",
    """
.balign 8
header: .word 0, 0
    .dword 2
state: .byte 0xff
""",
)

RANDOM = program(
    2,
    0,
    descriptor(0, "buffer", "32", 2) + OFFER + SERVED + "    ld a0, buffer\n    lw a1, 8(s3)\n",
)

PRINT = program(1, 1, descriptor(0, "text", "6", 0) + OFFER + SERVED, 'text: .ascii "virtio"\n')

LISTEN = program(
    1,
    0,
    descriptor(0, "buffer", "16", 2)
    + OFFER
    + """
    li t0, 0xc000000
    li t1, 1
    sw t1, 8(t0)                # priority of source 2
    li t0, 0xc002000
    li t1, 4
    sw t1, 0(t0)
    li t0, 0x800
    csrw mie, t0
    wfi
    lw a0, 0xc200004
    lw a1, buffer
""".replace("lw a0, 0xc200004", "li t0, 0xc200004\n    lw a0, 0(t0)"),
)

TYPING = """
    la t0, handler
    csrw mtvec, t0
    li s0, 0x10000000
    li t0, 1
    sb t0, 2(s0)                # FIFO on
    sb t0, 1(s0)                # receive interrupt
    li s1, 0xc000000
    sw t0, 40(s1)               # priority of source 10
    li t1, 0xc002080
    li t0, 0x400
    sw t0, 0(t1)                # enabled for S
    li t0, 0x200
    csrw mideleg, t0
    csrw mie, t0
    la t0, handler
    csrw stvec, t0
    la t0, supervisor
    csrw mepc, t0
    li t0, 0x800
    csrw mstatus, t0            # mret goes to S
    li t0, -1
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
    mret
supervisor:
    csrsi sstatus, 2
    li a0, 0
wait:
    wfi
    j wait
.balign 4
handler:
    csrr a5, scause
    li t1, 0xc201004
    lw s2, 0(t1)                # claim
more:
    lbu t0, 5(s0)
    andi t0, t0, 1
    beqz t0, done
    lbu t0, 0(s0)
    sb t0, 0(s0)                # type it back
    addi a0, a0, 1
    li t2, 'q'
    bne t0, t2, more
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
done:
    sw s2, 0(t1)                # complete
    sret
"""

REBOOT = """
    la t0, count
    lw t1, 0(t0)
    addi t1, t1, 1
    sw t1, 0(t0)                # RAM is as it was loaded: always 1
    li s0, 0x10000000
    addi t1, t1, '0'
    sb t1, 0(s0)
    li t0, 0x100000
    li t1, 0x7777
    sh t1, 0(t0)
hang:
    j hang
count: .word 0
"""
