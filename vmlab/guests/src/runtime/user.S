# The user program's side of a system call: arguments in a0 and a1, the number in a7, ecall.

#define SYS_WRITE 1
#define SYS_EXIT  2

.section .text.user_start, "ax", @progbits
.globl user_start
.type user_start, @function
user_start:
        call    main
.globl exit
.type exit, @function
exit:
        li      a7, SYS_EXIT
        ecall

.globl write
.type write, @function
write:
        li      a7, SYS_WRITE
        ecall
        ret
