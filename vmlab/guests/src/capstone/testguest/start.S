# A kernel in S for trying the hypervisor: where it begins, its traps, and its program in U.
#
# Entered at 0x80200000 as SBI says: a0 = hart, a1 = device tree, in S, no translation.

.equ SEPC, 256

.section .text.start, "ax", @progbits
.globl _start
_start:
        j       1f
.balign 8
.globl wanted
wanted:                                 # struct wanted (guest.h): a test writes it into the image
        .dword  10, 4, 3, 2, 1, 0, 0x80600000
1:      la      sp, kernel_stack_top
        call    kernel_main

# A trap to S, from U or from S itself. sscratch points to the struct frame of the last user_enter.
.text
.balign 4
.globl s_trap
s_trap:
        csrrw   sp, sscratch, sp
.irp n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        sd      x\n, 8*\n(sp)
.endr
        csrrw   t0, sscratch, sp
        sd      t0, 8*2(sp)
        csrr    t1, sepc
        sd      t1, SEPC(sp)
        csrr    t2, sstatus
        andi    t2, t2, 1 << 8          # SPP
        mv      a0, sp
        la      sp, kernel_stack_top
        beqz    t2, 1f
        la      sp, trap_stack_top      # the kernel's own stack is in use
1:      call    kernel_trap             # (struct frame *)
        la      a0, frame
        # fall through

# Go on with the registers in the struct frame at a0, in the mode that sstatus.SPP says.
.globl frame_enter
frame_enter:
        ld      t1, SEPC(a0)
        csrw    sepc, t1
        csrw    sscratch, a0
        mv      sp, a0
.irp n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        ld      x\n, 8*\n(sp)
.endr
        ld      sp, 8*2(sp)
        sret

# u64 attempt_load(u64 va), void attempt_store(u64 va), void attempt_jump(u64 va): what may trap. The
# handler goes on at the return address then.
.globl attempt_load
attempt_load:
        ld      a0, (a0)
        ret
.globl attempt_store
attempt_store:
        sw      zero, (a0)
        ret
.globl attempt_jump
attempt_jump:
        jr      a0

# To be jumped to where another page table entry maps it, whose address is in a1. It takes its own code
# away without telling the hart, and loads from the UART: whoever emulates that finds no instruction.
.balign 16
.globl stale_code
stale_code:
        sd      zero, (a1)
        lui     a2, 0x10000
        lb      a2, 7(a2)
        ret
.globl attempt_short_load
attempt_short_load:
        .option push
        .option arch, +c
        c.lw    a0, 0(a0)
        c.nop
        .option pop
        ret
.globl attempt_hgatp
attempt_hgatp:
        csrw    hgatp, zero
        ret

# The program in U, in a page of its own: a0 = how many system calls that do nothing, a1 = a page that
# it has not got yet.
.balign 4096
.globl user_page
user_page:
        ld      t0, (a1)                # a page fault, for the kernel
1:      li      a7, 0
        ecall
        addi    a0, a0, -1
        bnez    a0, 1b
        li      a7, 1
        ecall
.balign 4096

.section .bss
.balign 16
        .space  4096
.globl kernel_stack_top
kernel_stack_top:
        .space  4096
trap_stack_top:
