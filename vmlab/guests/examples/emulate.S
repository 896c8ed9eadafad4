# Trap and emulate, the heart of a virtual machine monitor. The guest believes it is in M and reads
# mhartid. It is in U, so the read traps; the handler writes a number of its own into the guest's
# register and goes on behind the instruction. The guest cannot tell.
.equ FINISHER, 0x100000
.equ PASS,     0x5555
.equ MPP,      0x1800
.equ ILLEGAL,  2               # mcause of an illegal instruction
.equ VIRTUAL_HART, 42

_start:
        la      t0, monitor
        csrw    mtvec, t0
        li      t0, -1
        csrw    pmpaddr0, t0
        li      t0, 0x1f
        csrw    pmpcfg0, t0
        li      t0, MPP
        csrc    mstatus, t0
        la      t0, guest
        csrw    mepc, t0
        mret

.align 2
monitor:                       # in M
        csrr    t0, mcause
        li      t1, ILLEGAL
        bne     t0, t1, done   # an ecall: the guest has finished
        csrr    t0, mtval      # the instruction that was refused
        srli    t0, t0, 20     # its upper 12 bits name the CSR
        csrr    t1, mepc
        addi    t1, t1, 4
        csrw    mepc, t1
        li      t1, 0xf14      # mhartid
        bne     t0, t1, halt
        li      a0, VIRTUAL_HART
        mret
done:
        li      t0, VIRTUAL_HART
        bne     a0, t0, halt
        li      t0, PASS
        li      t1, FINISHER
        sw      t0, 0(t1)
halt:
        j       halt

guest:                         # in U, and does not know it
        csrr    a0, mhartid
        ecall
