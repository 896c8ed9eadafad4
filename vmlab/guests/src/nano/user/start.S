# Where a process begins: a0 is its argument, a1 its program. What that returns is its status.

#include "../abi.h"

#define SYS_EXIT_NUMBER 6

.section .text.user_start, "ax", @progbits
.globl user_start
.type user_start, @function
user_start:
        jalr    a1
        li      a7, SYS_EXIT_NUMBER
        ecall
