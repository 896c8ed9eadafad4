# The first instructions, in M: this hart's only firmware. It gives all of memory and every trap
# that it can to HS, and goes there. Afterwards M is only for the timer, and only without Sstc.

#define FINISHER        0x100000
#define FAIL            0x3333
#define MTIMECMP        0x2004000
#define ECALL_FROM_S    9
#define MTIP            (1 << 7)
#define STIP            (1 << 5)

.section .text.start, "ax", @progbits
.globl _start
_start:                                 # a0 = hart, a1 = device tree: both go on to main
        la      t0, m_trap
        csrw    mtvec, t0

        li      t0, -1                  # one PMP entry covers all addresses (NAPOT) ...
        srli    t0, t0, 10
        csrw    pmpaddr0, t0
        li      t0, 0x1f                # ... and allows all (X W R)
        csrw    pmpcfg0, t0

        li      t0, 0xf0b5ff            # all exceptions but the ecalls from HS and from M
        csrw    medeleg, t0
        li      t0, 0x222               # S's interrupts; VS's are delegated anyway
        csrw    mideleg, t0
        li      t0, 7                   # cycle, time and instret
        csrw    mcounteren, t0
        li      t0, 1 << 63             # STCE, which stays 0 where there is no Sstc
        csrw    menvcfg, t0
        csrw    mie, zero
        csrw    satp, zero

        li      t0, 3 << 11             # mstatus.MPP = S; MPV is 0: HS, not VS
        csrc    mstatus, t0
        li      t0, 1 << 11
        csrs    mstatus, t0
        la      t0, 1f
        csrw    mepc, t0
        mret
1:      la      sp, stack_top
        call    main                    # (hart, tree)

# A trap to M. The timer's interrupt is passed on as HS's. An ecall from HS asks for the next one,
# at the time in a0, and has t0 to lose. Anything else is our own mistake: fail with cause + 1.
.balign 4
m_trap:
        csrrw   t0, mscratch, t0
        csrr    t0, mcause
        bltz    t0, m_timer
        addi    t0, t0, -ECALL_FROM_S
        bnez    t0, m_mistake
        li      t0, MTIMECMP
        sd      a0, 0(t0)
        li      t0, STIP
        csrc    mip, t0
        li      t0, MTIP
        csrs    mie, t0
        csrr    t0, mepc
        addi    t0, t0, 4
        csrw    mepc, t0
        mret
m_timer:
        li      t0, MTIP
        csrc    mie, t0                 # until HS asks again
        li      t0, STIP
        csrs    mip, t0
        csrr    t0, mscratch
        mret
m_mistake:
        addi    t0, t0, ECALL_FROM_S + 1
        slli    t0, t0, 16
        li      t1, FAIL
        or      t0, t0, t1
        li      t1, FINISHER
        sw      t0, 0(t1)
m_halt: j       m_halt

.section .bss
.balign 16
        .space  8192
.globl stack_top
stack_top:
