# Hello: in machine mode, without traps or page tables.
.equ UART,     0x10000000      # a byte stored here is printed
.equ FINISHER, 0x100000        # a store here ends the run
.equ PASS,     0x5555

_start:
        la      a0, text
        li      a1, UART
next:
        lbu     a2, 0(a0)
        beqz    a2, end        # the zero byte ends the text
        sb      a2, 0(a1)
        addi    a0, a0, 1
        j       next
end:
        li      a0, PASS
        li      a1, FINISHER
        sw      a0, 0(a1)
halt:
        j       halt

.section .rodata
text:   .asciz  "Hello from my own program\n"
