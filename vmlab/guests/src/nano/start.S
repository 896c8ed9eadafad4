# Where the kernel begins, and the way from U to the kernel and back: all that C can not say.
#
# SBI starts a kernel in S with translation off, a0 = hart and a1 = device tree. `trap_entry` is
# where every trap to S goes. The scratch word tells it where from: a process's frame while the hart
# is in U, 0 while the kernel runs, which traps only if it is interrupted or wrong.

#include "platform.h"

.macro SAVE                     # all registers but sp to the frame at sp
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
.endm

.macro RESTORE                  # all registers from the frame at sp, and sp itself last
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
        ld      sp, 16(sp)
.endm

#define FRAME_PC 256
#define FRAME_BYTES 272

.section .text.start, "ax", @progbits
.globl _start
.type _start, @function
_start:
        la      sp, kernel_stack_top
        la      t0, bss_start
        la      t1, bss_end
1:      sd      zero, 0(t0)
        addi    t0, t0, 8
        bltu    t0, t1, 1b
        tail    kernel_main             # (hart, device tree)

.balign 4
.globl trap_entry
.type trap_entry, @function
trap_entry:
        TRAP_SWAP_SP
        beqz    sp, from_kernel
        SAVE
        TRAP_TAKE_SP t0
        sd      t0, 16(sp)
        TRAP_PC t0
        sd      t0, FRAME_PC(sp)
        la      sp, kernel_stack_top
        call    trap_from_user          # returns the frame to go on with
        # fall through

.globl resume
.type resume, @function
resume:
        RETURN_FRAME a0
        ld      t0, FRAME_PC(a0)
        RETURN_PC t0
        mv      sp, a0
        RETURN_TO_USER

# The kernel has no frame but its stack, and goes on where it was.
.type from_kernel, @function
from_kernel:
        TRAP_SWAP_BACK
        addi    sp, sp, -FRAME_BYTES
        SAVE
        addi    t0, sp, FRAME_BYTES
        sd      t0, 16(sp)
        TRAP_PC t0
        sd      t0, FRAME_PC(sp)
        mv      a0, sp
        call    trap_from_kernel
        ld      t0, FRAME_PC(sp)
        RETURN_PC t0
        RETURN_TO_KERNEL

.section .bss
.balign 16
        .space  4096
kernel_stack_top:
