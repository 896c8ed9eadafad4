# Firmware in M: where the hart begins, and the way in and out of it ever after.
#
# Reset leaves a0 = hart, a1 = device tree. `_start` keeps both for the kernel, `prepare` (sbi.c)
# opens the machine to S, and mret goes to 0x80200000. From then on M runs only in `m_trap`, for the
# few things that only M can do.

#define KERNEL 0x80200000

.section .text.start, "ax", @progbits
.globl _start
.type _start, @function
_start:
        la      sp, stack_top
        la      t0, bss_start
        la      t1, bss_end
1:      sd      zero, 0(t0)             # memory is not zero because somebody hopes so
        addi    t0, t0, 8
        bltu    t0, t1, 1b
        mv      s0, a0
        mv      s1, a1
        la      t0, m_trap
        csrw    mtvec, t0
        call    prepare

        csrw    mscratch, sp
        li      t0, KERNEL
        csrw    mepc, t0
        mv      a0, s0
        mv      a1, s1
        mret

# Only what a C function may change is saved: the rest `handle` gives back by itself. mscratch holds
# the firmware's stack pointer while the hart is in S or U, and theirs while it is here.
.balign 4
.type m_trap, @function
m_trap:
        csrrw   sp, mscratch, sp
        addi    sp, sp, -128
        sd      a0, 0(sp)
        sd      a1, 8(sp)
        sd      a2, 16(sp)
        sd      a3, 24(sp)
        sd      a4, 32(sp)
        sd      a5, 40(sp)
        sd      a6, 48(sp)
        sd      a7, 56(sp)
        sd      ra, 64(sp)
        sd      t0, 72(sp)
        sd      t1, 80(sp)
        sd      t2, 88(sp)
        sd      t3, 96(sp)
        sd      t4, 104(sp)
        sd      t5, 112(sp)
        sd      t6, 120(sp)
        mv      a0, sp
        call    handle                  # (u64 a[8])
        ld      a0, 0(sp)
        ld      a1, 8(sp)
        ld      a2, 16(sp)
        ld      a3, 24(sp)
        ld      a4, 32(sp)
        ld      a5, 40(sp)
        ld      a6, 48(sp)
        ld      a7, 56(sp)
        ld      ra, 64(sp)
        ld      t0, 72(sp)
        ld      t1, 80(sp)
        ld      t2, 88(sp)
        ld      t3, 96(sp)
        ld      t4, 104(sp)
        ld      t5, 112(sp)
        ld      t6, 120(sp)
        addi    sp, sp, 128
        csrrw   sp, mscratch, sp
        mret

.section .bss
.balign 16
        .space  4096
stack_top:
