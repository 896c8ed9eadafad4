# The smallest guest: a kernel in S that has no page tables, and one program in U.
#
# The kernel hands the program the hart, answers its calls, counts ticks of the timer, and ends when
# the program does. The few CSRs, sret, wfi and three calls of firmware that it uses are all that
# a monitor must know in order to be its machine (vmlab/vmm/smallest/monitor.py).

        .equ    PUTCHAR, 1              # the program's calls, in a7: print a0;
        .equ    TICKS, 2                # how often has the timer gone off? (asleep until it may have)
        .equ    EXIT, 3                 # end
        .equ    SBI_SET_TIMER, 0        # the kernel's calls of firmware, in a7 (legacy SBI)
        .equ    SBI_PUTCHAR, 1
        .equ    SBI_SHUTDOWN, 8
        .equ    STIE, 1 << 5            # sie: interrupts of S's timer
        .equ    SPIE, 1 << 5            # sstatus: interrupts are on after sret
        .equ    INTERVAL, 2000

        .globl  _start
_start:
        la      t0, trap
        csrw    stvec, t0
        la      t0, frame
        csrw    sscratch, t0            # while the program runs, sscratch knows our memory
        li      t0, STIE
        csrs    sie, t0
        rdtime  a0
        addi    a0, a0, INTERVAL
        li      a7, SBI_SET_TIMER
        ecall
        la      t0, user
        csrw    sepc, t0
        li      t0, SPIE                # SPP is 0: sret goes to U
        csrs    sstatus, t0
        sret

# Every trap comes here. The program's registers that we use go to `frame`.
        .balign 4
trap:
        csrrw   tp, sscratch, tp        # tp is our frame, and sscratch keeps the program's tp
        sd      t0, 0(tp)
        sd      t1, 8(tp)
        sd      a7, 16(tp)
        csrr    t0, scause
        bltz    t0, timer
        addi    t0, t0, -8              # an environment call from U?
        bnez    t0, fault
        csrr    t0, sepc
        addi    t0, t0, 4               # go on behind it
        csrw    sepc, t0
        li      t0, PUTCHAR
        beq     a7, t0, putchar
        li      t0, TICKS
        beq     a7, t0, sleep
        li      a7, SBI_SHUTDOWN
        ecall

putchar:
        li      a7, SBI_PUTCHAR
        ecall                           # the character is in a0 already
        j       back

sleep:
        wfi                             # with interrupts off: the tick is counted after sret
        ld      a0, 24(tp)
        j       back

timer:
        ld      t0, 24(tp)
        addi    t0, t0, 1
        sd      t0, 24(tp)
        mv      t1, a0
        rdtime  a0
        addi    a0, a0, INTERVAL
        li      a7, SBI_SET_TIMER
        ecall
        mv      a0, t1

back:
        ld      t0, 0(tp)
        ld      t1, 8(tp)
        ld      a7, 16(tp)
        csrrw   tp, sscratch, tp
        sret

fault:
        li      a0, '!'
        li      a7, SBI_PUTCHAR
        ecall
        li      a7, SBI_SHUTDOWN
        ecall

# The program. It says hello, waits for three ticks, does some work and says what came out.
user:
        la      s0, hello
1:      lbu     a0, 0(s0)
        beqz    a0, 2f
        li      a7, PUTCHAR
        ecall
        addi    s0, s0, 1
        j       1b
2:      li      s1, 3
3:      li      a7, TICKS
        ecall
        bltu    a0, s1, 3b
        li      s2, 0                   # 1 + 2 + ... + 1000, modulo 10
        li      s3, 1000
4:      add     s2, s2, s3
        addi    s3, s3, -1
        bnez    s3, 4b
        li      t0, 10
        remu    a0, s2, t0
        addi    a0, a0, '0'
        li      a7, PUTCHAR
        ecall
        li      a0, '\n'
        ecall
        li      a7, EXIT
        ecall

        .balign 8
hello:  .asciz  "Hello from U. "
        .balign 8
frame:  .zero   32                      # t0, t1, a7, ticks
