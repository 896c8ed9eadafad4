# echo: type, and see it again. For trying out the console's input.
#
# Mode M only, no traps, no tables: the smallest program that talks in both directions. It asks the
# UART again and again whether a byte has come (this is called polling), which is why a hart that
# waits for a human being is so busy. A `q` ends it.
#
# No macros: vmlab's own assembler takes this file, and so do those of GNU and LLVM.

.equ FINISHER,     0x100000        # a store here ends the simulation
.equ PASS,         0x5555
.equ UART,         0x10000000
.equ UART_RBR,     0               # receive buffer register: loading takes the byte that came
.equ UART_THR,     0               # transmit holding register: the same address, for stores
.equ UART_LSR,     5               # line status register
.equ LSR_DR,       1               # ... data ready
.equ NEWLINE,      10
.equ RETURN,       13              # what a terminal's Enter key sends
.equ QUIT,         113             # the letter q

.option norelax
.section .text
.globl _start
_start:
        li      s0, UART
        li      s1, QUIT
        li      s2, RETURN
        la      a0, text_hello
        call    print

wait:
        lbu     t0, UART_LSR(s0)
        andi    t0, t0, LSR_DR
        beqz    t0, wait

        lbu     t1, UART_RBR(s0)
        sb      t1, UART_THR(s0)
        beq     t1, s1, quit
        bne     t1, s2, wait
        li      t1, NEWLINE
        sb      t1, UART_THR(s0)
        j       wait

quit:
        la      a0, text_bye
        call    print
        li      t0, PASS
        li      t1, FINISHER
        sw      t0, 0(t1)
halt:
        j       halt

# Print the text at a0, up to its zero byte.
print:
        lbu     t1, 0(a0)
        beqz    t1, print_end
        sb      t1, UART_THR(s0)
        addi    a0, a0, 1
        j       print
print_end:
        ret

.section .data
text_hello:
        .asciz  "Type something; q ends.\n"
text_bye:
        .asciz  "\nBye.\n"
