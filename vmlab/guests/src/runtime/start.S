# Where a C guest begins, and how it changes modes: all that C can not say.
#
# `_start` runs in mode M, opens the memory to S, delegates and drops to `kernel_main` in S. From
# then on M is only for what went wrong. `user_enter` goes from S to U, `s_trap` back.

#define FINISHER 0x100000
#define FAIL     0x3333

.section .text
.globl _start
.type _start, @function
_start:
        la      t0, m_trap
        csrw    mtvec, t0

        # One PMP entry that covers everything and allows everything (NAPOT, X W R).
        li      t0, -1
        srli    t0, t0, 10
        csrw    pmpaddr0, t0
        li      t0, 0x1f
        csrw    pmpcfg0, t0

        # The kernel handles whatever can happen in U: all exceptions but the ecall from S (9) and
        # from M (11).
        li      t0, 0xb1ff
        csrw    medeleg, t0

        li      t0, 3 << 11             # mstatus.MPP, cleared ...
        csrc    mstatus, t0
        li      t0, 1 << 11             # ... and set to S
        csrs    mstatus, t0
        la      t0, kernel_main
        csrw    mepc, t0
        la      sp, kernel_stack_top
        mret

# No trap should ever come here: fail with cause + 1.
.balign 4
m_trap:
        csrr    t0, mcause
        addi    t0, t0, 1
        slli    t0, t0, 16
        li      t1, FAIL
        or      t0, t0, t1
        li      t1, FINISHER
        sw      t0, 0(t1)
m_halt: j       m_halt

# A trap from U. sscratch points to the struct frame in which the user's registers are kept.
.balign 4
.globl s_trap
.type s_trap, @function
s_trap:
        csrrw   sp, sscratch, sp        # exchange: the frame here, the user's sp kept
        sd      x1, 8(sp)
        sd      x3, 24(sp)
        sd      x4, 32(sp)
        sd      x5, 40(sp)
        sd      x6, 48(sp)
        sd      x7, 56(sp)
        sd      x8, 64(sp)
        sd      x9, 72(sp)
        sd      x10, 80(sp)
        sd      x11, 88(sp)
        sd      x12, 96(sp)
        sd      x13, 104(sp)
        sd      x14, 112(sp)
        sd      x15, 120(sp)
        sd      x16, 128(sp)
        sd      x17, 136(sp)
        sd      x18, 144(sp)
        sd      x19, 152(sp)
        sd      x20, 160(sp)
        sd      x21, 168(sp)
        sd      x22, 176(sp)
        sd      x23, 184(sp)
        sd      x24, 192(sp)
        sd      x25, 200(sp)
        sd      x26, 208(sp)
        sd      x27, 216(sp)
        sd      x28, 224(sp)
        sd      x29, 232(sp)
        sd      x30, 240(sp)
        sd      x31, 248(sp)
        mv      a0, sp
        csrrw   t0, sscratch, sp        # the frame back to where it was; the user's sp to t0
        sd      t0, 16(a0)
        csrr    t0, sepc
        sd      t0, 256(a0)
        la      sp, kernel_stack_top
        call    kernel_trap             # (struct frame *)
        la      a0, frame
        # fall through

# Go on in U with the registers in the struct frame at a0.
.globl user_enter
.type user_enter, @function
user_enter:
        csrw    sscratch, a0
        ld      t0, 256(a0)
        csrw    sepc, t0
        mv      sp, a0
        ld      x1, 8(sp)
        ld      x3, 24(sp)
        ld      x4, 32(sp)
        ld      x5, 40(sp)
        ld      x6, 48(sp)
        ld      x7, 56(sp)
        ld      x8, 64(sp)
        ld      x9, 72(sp)
        ld      x10, 80(sp)
        ld      x11, 88(sp)
        ld      x12, 96(sp)
        ld      x13, 104(sp)
        ld      x14, 112(sp)
        ld      x15, 120(sp)
        ld      x16, 128(sp)
        ld      x17, 136(sp)
        ld      x18, 144(sp)
        ld      x19, 152(sp)
        ld      x20, 160(sp)
        ld      x21, 168(sp)
        ld      x22, 176(sp)
        ld      x23, 184(sp)
        ld      x24, 192(sp)
        ld      x25, 200(sp)
        ld      x26, 208(sp)
        ld      x27, 216(sp)
        ld      x28, 224(sp)
        ld      x29, 232(sp)
        ld      x30, 240(sp)
        ld      x31, 248(sp)
        ld      sp, 16(sp)              # the last one: until here sp was the frame
        sret

.section .bss
.balign 16
kernel_stack:
        .space  4096
kernel_stack_top:
