# One of everything that the assembler knows, in a form that LLVM's takes too (test_asm_oracle.py).
.equ    A, 1 + 2 << 3                   # 17: shifts bind before sums here, unlike in C
.equ    B, 1 << 3 | 2 + 1
.set    C, ~A & 0xff ^ 5 % 3 - 2 * 3
.globl  _start
.type   _start, @function
.option push
.option norelax
_start: li a0, A; li a1, B              // two statements in a line
        li a2, C                        /* a comment
        of two lines */ ; addi a3, a3, 'x' ; addi a3, a3, '\n'
1:      beq a0, a1, 1f
        beqz a0, 1b
        bgtu a0, a1, 2f
1:      j 1b
2:      call _start
        tail _start
        lui a0, %hi(A + 0x12345678)
        addi a0, a0, %lo(A + 0x12345678)
3:      auipc a1, %pcrel_hi(text + 4)
        addi a1, a1, %pcrel_lo(3b)
        sd a1, %pcrel_lo(3b)(a1)
        lw a0, text
        sw a0, text, t0
        jal there
        bltz a0, far                    # too far for a branch: bgez over a jump
        .align 4
there:  nop
        .balign 32
        fence rw, w
        fence
        sfence.vma
        sfence.vma a0
        csrr a0, mcycle
        csrw 0x305, a0
        csrwi mstatus, 31
        .option pop
        .space 5000
far:    ret
        .size _start, . - _start
        .word A, B, -1, 0xffffffff, there - _start, .
        .dword far, . - far, 'a'
        .byte 1, 255, -128
        .half 0xffff
        .p2align 3, 0xaa
.section .rodata
text:   .asciz "hi\n\t\"q\" \101\x41\\", "two"
        .ascii "x", "y"
        .string "z"
        .fill 3, 2, 0x1234
        .zero 3
        .skip 2, 7
.section .rodata.other, "a", @progbits
other:  .quad other, text
.data
        .dword 1
.bss
buffer: .space 64
