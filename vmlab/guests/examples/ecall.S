# A system call. The program runs in U, where nothing is allowed; ecall traps to M, which does the
# work, moves mepc past the ecall, and goes back. Watch the ribbon: U, M, U, M.
.equ UART,     0x10000000
.equ FINISHER, 0x100000
.equ PASS,     0x5555
.equ MPP,      0x1800          # the mode that mret goes to; 0 is U
.equ ECALL_U,  8               # mcause of an ecall from U
.equ SYS_PUT,  1
.equ SYS_EXIT, 2

_start:
        la      t0, handler
        csrw    mtvec, t0
        li      t0, -1         # physical memory protection: all of memory, for all modes
        csrw    pmpaddr0, t0
        li      t0, 0x1f
        csrw    pmpcfg0, t0
        li      t0, MPP
        csrc    mstatus, t0
        la      t0, user
        csrw    mepc, t0
        mret                   # to U

.align 2
handler:                       # in M
        csrr    t0, mcause
        li      t1, ECALL_U
        bne     t0, t1, halt
        li      t1, SYS_EXIT
        beq     a7, t1, exit
        li      t1, UART       # SYS_PUT: print the byte in a0
        sb      a0, 0(t1)
        csrr    t0, mepc
        addi    t0, t0, 4      # an ecall is four bytes long
        csrw    mepc, t0
        mret
exit:
        li      t0, PASS
        li      t1, FINISHER
        sw      t0, 0(t1)
halt:
        j       halt

user:                          # in U
        li      a0, 'U'
        li      a7, SYS_PUT
        ecall
        li      a0, '\n'
        ecall
        li      a7, SYS_EXIT
        ecall
