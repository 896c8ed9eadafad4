# faults: every synchronous exception once, on purpose.
#
# The main program runs in mode M. For each exception it writes down what it expects, does the one
# wrong thing, and goes on at a place that it chose before. The handler is as short as can be: it
# notes what the hart says about the trap and returns to that place. `report` prints and compares.
#
#     s0  what we call it          s3  where to go on afterwards
#     s1  the cause we expect      s4  the cause that came (-1: no trap at all)
#     s2  the tval we expect       s5  the tval that came
#                                  s6  how many were not as expected
#
# tval says more about a trap, and what it says depends on the cause: the address that was wrong,
# the bits of the instruction that was wrong, or zero. Where the manual leaves a choice (it allows
# zero nearly everywhere), this program expects what Spike does, and so does vmlab.
#
# One line of output for each, in the order of the cause numbers:
#
#     cause  4  tval 0000000080000531  load address misaligned: as expected
#
# Harts may handle misaligned accesses in hardware, and those with compressed instructions never
# misalign an instruction. On such a hart lines 0, 4 and 6 say so, and this program fails.
#
# No macros: vmlab's own assembler takes this file, and so do those of GNU and LLVM.

.equ FINISHER,     0x100000        # a store here ends the simulation
.equ PASS,         0x5555
.equ FAIL,         0x3333          # with the status in the upper half word
.equ UART,         0x10000000
.equ HOLE,         0x08000000      # no RAM and no device answers here
.equ UNMAPPED,     0x40000000      # a va that our page table does not map
.equ NO_SUCH_INSN, 0xffffffff      # all ones is illegal for ever, by the manual

.equ MSTATUS_MPP,  3 << 11         # the mode that mret goes to: 3 = M, 1 = S, 0 = U
.equ MPP_S,        1 << 11
.equ SATP_SV39,    8 << 60
.equ PMP_ALL,      0x1f            # NAPOT, execute, write, read
.equ PTE_RAM,      0xcf            # D A, X W R V: one gigapage, for S
.equ RAM_FRAME,    2 << 28         # pa 0x80000000 as an entry has it: shifted right by 2

# ---- characters
.equ SPACE,        32
.equ DIGIT_0,      48

# ---- causes, as the privileged manual numbers them ----------------------------------------------
.equ INSN_MISALIGNED,   0
.equ INSN_ACCESS,       1
.equ ILLEGAL_INSN,      2
.equ BREAKPOINT,        3
.equ LOAD_MISALIGNED,   4
.equ LOAD_ACCESS,       5
.equ STORE_MISALIGNED,  6
.equ STORE_ACCESS,      7
.equ ECALL_FROM_U,      8
.equ ECALL_FROM_S,      9
.equ ECALL_FROM_M,      11
.equ INSN_PAGE_FAULT,   12
.equ LOAD_PAGE_FAULT,   13
.equ STORE_PAGE_FAULT,  15

.option norelax
.section .text
.globl _start
_start:
        la      t0, trap
        csrw    mtvec, t0
        la      sp, stack_top
        csrw    medeleg, zero           # every trap comes to M, wherever it comes from
        li      s4, -1
        li      s6, 0

        # S and U may access nothing unless a PMP entry allows it. This one allows everything.
        li      t0, -1
        srli    t0, t0, 10
        csrw    pmpaddr0, t0
        li      t0, PMP_ALL
        csrw    pmpcfg0, t0

# 0. Without compressed instructions every instruction stands at a multiple of four. The jump
# itself traps: it never arrives.
insn_misaligned:
        la      s0, name_insn_misaligned
        li      s1, INSN_MISALIGNED
        la      s2, insn_misaligned_after
        addi    s2, s2, 2
        la      s3, insn_misaligned_after
        jr      s2
insn_misaligned_after:
        call    report

# 1. This jump does arrive, and it is the fetch at its target that traps.
insn_access:
        la      s0, name_insn_access
        li      s1, INSN_ACCESS
        li      s2, HOLE
        la      s3, insn_access_after
        jr      s2
insn_access_after:
        call    report

# 2. tval holds the bits of the instruction, so that a handler may emulate it.
illegal_insn:
        la      s0, name_illegal_insn
        li      s1, ILLEGAL_INSN
        li      s2, NO_SUCH_INSN
        la      s3, illegal_insn_after
        .word   NO_SUCH_INSN
illegal_insn_after:
        call    report

# 3. How a debugger stops a program: tval is the address of the ebreak.
breakpoint:
        la      s0, name_breakpoint
        li      s1, BREAKPOINT
        la      s2, breakpoint_here
        la      s3, breakpoint_after
breakpoint_here:
        ebreak
breakpoint_after:
        call    report

# 4. A word at an odd address.
load_misaligned:
        la      s0, name_load_misaligned
        li      s1, LOAD_MISALIGNED
        la      s2, some_word
        addi    s2, s2, 1
        la      s3, load_misaligned_after
        lw      t0, 0(s2)
load_misaligned_after:
        call    report

# 5. An aligned address, and nothing that answers.
load_access:
        la      s0, name_load_access
        li      s1, LOAD_ACCESS
        li      s2, HOLE
        la      s3, load_access_after
        ld      t0, 0(s2)
load_access_after:
        call    report

# 6 and 7. The same two for stores. (Atomic instructions would count as stores.)
store_misaligned:
        la      s0, name_store_misaligned
        li      s1, STORE_MISALIGNED
        la      s2, some_word
        addi    s2, s2, 1
        la      s3, store_misaligned_after
        sw      t0, 0(s2)
store_misaligned_after:
        call    report

store_access:
        la      s0, name_store_access
        li      s1, STORE_ACCESS
        li      s2, HOLE
        la      s3, store_access_after
        sd      t0, 0(s2)
store_access_after:
        call    report

# 8, 9 and 11. One instruction, three causes: whom it calls depends on who calls. satp is still
# zero, so S and U see physical addresses, and the code goes on where it stands.
ecall_from_u:
        la      s0, name_ecall_from_u
        li      s1, ECALL_FROM_U
        li      s2, 0
        la      s3, ecall_from_u_after
        call    become_user
        ecall
ecall_from_u_after:
        call    report

ecall_from_s:
        la      s0, name_ecall_from_s
        li      s1, ECALL_FROM_S
        li      s2, 0
        la      s3, ecall_from_s_after
        call    become_supervisor
        ecall
ecall_from_s_after:
        call    report

ecall_from_m:
        la      s0, name_ecall_from_m
        li      s1, ECALL_FROM_M
        li      s2, 0
        la      s3, ecall_from_m_after
        ecall
ecall_from_m_after:
        call    report

# 12, 13 and 15. Page faults need pages: a root table with a single entry, the gigapage in which
# RAM stands, mapped to itself. M goes on without translation; S is the one who faults.
        la      t0, root_table
        li      t1, RAM_FRAME
        ori     t1, t1, PTE_RAM
        sd      t1, 16(t0)              # entry 2: va 0x80000000 .. 0xbfffffff
        srli    t0, t0, 12
        li      t1, SATP_SV39
        or      t0, t0, t1
        csrw    satp, t0
        sfence.vma

insn_page_fault:
        la      s0, name_insn_page_fault
        li      s1, INSN_PAGE_FAULT
        li      s2, UNMAPPED
        la      s3, insn_page_fault_after
        call    become_supervisor
        jr      s2
insn_page_fault_after:
        call    report

load_page_fault:
        la      s0, name_load_page_fault
        li      s1, LOAD_PAGE_FAULT
        li      s2, UNMAPPED
        la      s3, load_page_fault_after
        call    become_supervisor
        ld      t0, 0(s2)
load_page_fault_after:
        call    report

store_page_fault:
        la      s0, name_store_page_fault
        li      s1, STORE_PAGE_FAULT
        li      s2, UNMAPPED
        la      s3, store_page_fault_after
        call    become_supervisor
        sd      t0, 0(s2)
store_page_fault_after:
        call    report

# The end. The status is the number of surprises.
finish:
        la      s3, halt
        li      t0, PASS
        beqz    s6, finish_store
        slli    t1, s6, 16
        li      t0, FAIL
        or      t0, t0, t1
finish_store:
        li      t1, FINISHER
        sw      t0, 0(t1)
halt:
        j       halt

# Every trap. A real handler would save registers; this one is only ever called on purpose, and may
# use t0. It returns to mode M, whichever mode the trap came from.
        .align  2
trap:
        csrr    s4, mcause
        csrr    s5, mtval
        csrw    mepc, s3
        li      t0, MSTATUS_MPP
        csrs    mstatus, t0
        mret

# Two ways to return: as `ret` does, but in another mode.
become_user:
        csrw    mepc, ra
        li      t0, MSTATUS_MPP
        csrc    mstatus, t0
        mret

become_supervisor:
        csrw    mepc, ra
        li      t0, MSTATUS_MPP
        csrc    mstatus, t0
        li      t0, MPP_S
        csrs    mstatus, t0
        mret

# Print one line about the trap that came, and compare it with the one that we expected.
report:
        addi    sp, sp, -16
        sd      ra, 0(sp)
        la      a0, text_no_trap
        bltz    s4, report_name
        la      a0, text_cause
        call    print
        mv      a0, s4
        call    print_decimal
        la      a0, text_tval
        call    print
        mv      a0, s5
        call    print_hex
        la      a0, text_gap
report_name:
        call    print
        mv      a0, s0
        call    print
        la      a0, text_wrong
        bne     s4, s1, report_wrong
        bne     s5, s2, report_wrong
        la      a0, text_right
        j       report_verdict
report_wrong:
        addi    s6, s6, 1
report_verdict:
        call    print
        li      s4, -1
        ld      ra, 0(sp)
        addi    sp, sp, 16
        ret

# Print the text at a0, up to its zero byte.
print:
        li      t0, UART
print_next:
        lbu     t1, 0(a0)
        beqz    t1, print_end
        sb      t1, 0(t0)
        addi    a0, a0, 1
        j       print_next
print_end:
        ret

# Print a0, from 0 to 99, two characters wide.
print_decimal:
        li      t0, UART
        li      t1, 10
        divu    t2, a0, t1
        remu    a0, a0, t1
        li      t3, SPACE
        beqz    t2, print_decimal_tens
        addi    t3, t2, DIGIT_0
print_decimal_tens:
        sb      t3, 0(t0)
        addi    a0, a0, DIGIT_0
        sb      a0, 0(t0)
        ret

# Print a0 in hexadecimal, sixteen digits, the highest first.
print_hex:
        li      t0, UART
        la      t3, digits
        li      t2, 60                  # how far the digit is from the right
print_hex_next:
        srl     t1, a0, t2
        andi    t1, t1, 15
        add     t1, t1, t3
        lbu     t1, 0(t1)
        sb      t1, 0(t0)
        addi    t2, t2, -4
        bgez    t2, print_hex_next
        ret

.section .data
some_word:
        .dword  0
digits:
        .asciz  "0123456789abcdef"
text_cause:
        .asciz  "cause "
text_tval:
        .asciz  "  tval "
text_gap:
        .asciz  "  "
text_no_trap:
        .asciz  "no trap                          "
text_right:
        .asciz  ": as expected\n"
text_wrong:
        .asciz  ": NOT AS EXPECTED\n"
name_insn_misaligned:
        .asciz  "instruction address misaligned"
name_insn_access:
        .asciz  "instruction access fault"
name_illegal_insn:
        .asciz  "illegal instruction"
name_breakpoint:
        .asciz  "breakpoint"
name_load_misaligned:
        .asciz  "load address misaligned"
name_load_access:
        .asciz  "load access fault"
name_store_misaligned:
        .asciz  "store address misaligned"
name_store_access:
        .asciz  "store access fault"
name_ecall_from_u:
        .asciz  "environment call from U"
name_ecall_from_s:
        .asciz  "environment call from S"
name_ecall_from_m:
        .asciz  "environment call from M"
name_insn_page_fault:
        .asciz  "instruction page fault"
name_load_page_fault:
        .asciz  "load page fault"
name_store_page_fault:
        .asciz  "store page fault"

.section .bss
        .align  4
stack:
        .space  64
stack_top:
        .align  12
root_table:
        .space  4096
