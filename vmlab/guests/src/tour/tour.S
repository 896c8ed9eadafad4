# tour: one walk through everything that a virtual machine monitor has to imitate.
#
# Three programs share one hart. The firmware runs in mode M and owns the machine. The kernel runs
# in mode S and owns the page tables. The user program runs in mode U and owns nothing: whatever it
# wants, it has to ask for. Follow the mode while you step, and ask at each change: who is running
# now, and what made the hart switch?
#
#     1  M  the firmware fences itself off (PMP), says which traps the kernel may have
#           (delegation), and drops to S
#     2  S  the kernel builds Sv39 page tables, switches translation on, and drops to U
#     3  U  the program prints by a system call                  ecall         U -> S -> U
#     4  U  it stores to a page that nobody has mapped           page fault    U -> S -> U
#     5  U  it asks for an alarm, which only M can set           two ecalls    U -> S -> M -> S -> U
#     6  U  it spins, and the timer takes the hart away          interrupts    U -> M -> S -> U
#     7  U  it exits, and the kernel switches the machine off
#
# RAM, page by page. Every page but the last is mapped to itself, so that an address means the same
# before and after translation is switched on; the last is seen by the user program at HEAP.
#
#     _start                     the firmware: not mapped, and PMP forbids it to S and U
#     kernel                     r-x
#     user                       r-x, U
#     kernel_data                rw-
#     user_data                  rw-, U
#     root_table .. heap_leaf    rw-, five page tables
#     heap_frame                 rw-, U, at va HEAP
#
# No macros: vmlab's own assembler takes this file, and so do those of GNU and LLVM.

# ---- the board: where devices answer (the same map as QEMU's `virt` machine) -------------------
.equ FINISHER,     0x100000        # a store here ends the simulation
.equ PASS,         0x5555
.equ FAIL,         0x3333          # with the status in the upper half word
.equ MTIMECMP,     0x2004000       # CLINT: the timer interrupt is pending while mtime >= mtimecmp
.equ MTIME,        0x200bff8
.equ UART,         0x10000000
.equ UART_THR,     0               # transmit holding register: a byte stored here is printed
                                   # (a real one is busy at times: bit 5 of register 5 tells)

# ---- bits in CSRs ---------------------------------------------------------------------------
.equ MSTATUS_MPP,  3 << 11         # the mode that mret goes to: 3 = M
.equ MPP_S,        1 << 11         # ... 1 = S
.equ MTIE,         1 << 7          # mie: let the machine timer interrupt
.equ SSIP,         1 << 1          # mip, sip: supervisor software interrupt pending
.equ SSIE,         1 << 1          # sie: let it interrupt
.equ SSTATUS_SPIE, 1 << 5          # sret copies this to SIE
.equ SSTATUS_SPP,  1 << 8          # the mode that sret goes to: 0 = U
.equ SSTATUS_SUM,  1 << 18         # S may access pages that belong to U
.equ SATP_SV39,    8 << 60
.equ PMP_RWX,      7
.equ PMP_NAPOT,    3 << 3          # the region is a power of two in size, and aligned to it

# ---- causes of traps --------------------------------------------------------------------------
.equ ECALL_FROM_U, 8
.equ ECALL_FROM_S, 9
.equ LOAD_PAGE_FAULT, 13
.equ STORE_PAGE_FAULT, 15

# ---- flags of a page-table entry: D A G U X W R V, from bit 7 down to bit 0 ---------------------
# A (accessed) and D (dirty) are set from the start: this machine does not set them by itself, it
# takes a page fault when one is missing (the extension Svade).
.equ PTE_TABLE,    0x01            # V alone: this entry points to the next table
.equ PTE_KERNEL_RX, 0x4b           #   A     X   R V
.equ PTE_KERNEL_RW, 0xc7           # D A       W R V
.equ PTE_USER_RX,  0x5b            #   A   U X   R V
.equ PTE_USER_RW,  0xd7            # D A   U   W R V

# ---- the contract between kernel and user program ---------------------------------------------
.equ SYS_PRINT,    1               # a0 = address of a text that ends with a zero byte
.equ SYS_ALARM,    2               # a0 = mtime ticks until the alarm
.equ SYS_EXIT,     3               # a0 = status, 0 = success
.equ HEAP_PAGE,    0x40000         # a page number
.equ HEAP,         HEAP_PAGE << 12 # a va with no RAM behind it: pa 0x40000000 is empty


# ==================================================================================================
# The firmware: mode M. Addresses here are physical, whatever satp says.
# ==================================================================================================
.option norelax
.section .text
.globl _start
_start:
        # When a trap comes to mode M, where does the hart go on, and where is a stack to use?
        la      t0, m_trap
        csrw    mtvec, t0
        la      t0, m_stack_top
        csrw    mscratch, t0

        # Physical memory protection. Without any entry S and U may access nothing at all. The first
        # entry that matches an address decides. Entry 0: the firmware's page, no permissions.
        # A NAPOT address holds the base shifted right by 2, and its size in the number of its
        # trailing ones: 4096 bytes = 0 followed by nine ones.
        la      t0, _start
        srli    t0, t0, 2
        ori     t0, t0, 0x1ff
        csrw    pmpaddr0, t0
        # Entry 1: all 54 bits one, so all there is. Everything not matched by entry 0 is allowed.
        li      t0, -1
        srli    t0, t0, 10
        csrw    pmpaddr1, t0
        li      t0, ((PMP_NAPOT | PMP_RWX) << 8) | PMP_NAPOT
        csrw    pmpcfg0, t0

        # Delegation. A trap goes to M unless these registers hand it down. The kernel gets system
        # calls, page faults and its software interrupt; everything else stays here.
        li      t0, (1 << ECALL_FROM_U) | (1 << LOAD_PAGE_FAULT) | (1 << STORE_PAGE_FAULT)
        csrw    medeleg, t0
        li      t0, SSIP
        csrw    mideleg, t0

        la      a0, text_firmware
        call    m_print

        # There is no instruction "go to S". We pretend that S trapped to us a moment ago, at the
        # address `kernel`, and return from a trap that never was.
        li      t0, MSTATUS_MPP
        csrc    mstatus, t0
        li      t0, MPP_S
        csrs    mstatus, t0
        la      t0, kernel
        csrw    mepc, t0
        mret

# Every trap that is not delegated. All registers belong to whoever was interrupted: borrow two, by
# way of our own stack, and give them back.
.align 2
m_trap:
        csrrw   sp, mscratch, sp        # exchange: our stack here, theirs kept in mscratch
        addi    sp, sp, -16
        sd      t0, 0(sp)
        sd      t1, 8(sp)
        csrr    t0, mcause
        bltz    t0, m_timer             # an interrupt has the top bit set: a negative number
        li      t1, ECALL_FROM_S
        bne     t0, t1, m_unexpected

# The kernel asks for an alarm, a0 ticks from now. The timer is M's: its interrupt can not be
# delegated, so the firmware has to be asked, and has to pass the news on.
m_set_timer:
        li      t0, MTIME
        ld      t0, 0(t0)
        add     t0, t0, a0
        li      t1, MTIMECMP
        sd      t0, 0(t1)
        li      t0, MTIE
        csrs    mie, t0
        csrr    t0, mepc                # mepc is the ecall itself: go on behind it
        addi    t0, t0, 4
        csrw    mepc, t0
        j       m_return

# The timer. Whoever runs has just been interrupted, in S or in U; mstatus.MIE does not matter
# there. Push the deadline away for ever, which makes the interrupt fall, and pass the news on to
# the kernel as a software interrupt. It will be taken as soon as S has interrupts on.
m_timer:
        li      t0, MTIMECMP
        li      t1, -1
        sd      t1, 0(t0)
        csrsi   mip, SSIP

m_return:
        ld      t0, 0(sp)
        ld      t1, 8(sp)
        addi    sp, sp, 16
        csrrw   sp, mscratch, sp
        mret

# A trap that nobody expected is a bug in this program: fail with cause + 1.
m_unexpected:
        addi    t0, t0, 1
        slli    t0, t0, 16
        li      t1, FAIL
        or      t0, t0, t1
        li      t1, FINISHER
        sw      t0, 0(t1)
m_halt:
        j       m_halt

# Print the text at a0. The firmware may not rely on the kernel, so it has its own.
m_print:
        li      t0, UART
m_print_next:
        lbu     t1, 0(a0)
        beqz    t1, m_print_end
        sb      t1, UART_THR(t0)
        addi    a0, a0, 1
        j       m_print_next
m_print_end:
        ret

text_firmware:
        .asciz  "M: fenced and delegated\n"

        .align  4
m_stack:
        .space  64
m_stack_top:


# ==================================================================================================
# The kernel: mode S. Physical addresses until satp is written, virtual ones from then on.
# ==================================================================================================
        .align  12
kernel:
        la      sp, kernel_stack_top
        la      t0, s_trap
        csrw    stvec, t0

        # Three levels of tables; a va picks the entry at each with nine bits:
        #
        #      38      30 29      21 20      12 11           0
        #     +----------+----------+----------+--------------+
        #     |  root    |  middle  |  leaf    |    offset    |
        #     +----------+----------+----------+--------------+
        #
        # An entry holds the physical page number from bit 10 up, and flags below. So a pa becomes
        # an entry by `pa >> 12 << 10`, which is `pa >> 2` when the low 12 bits are zero.

        # va 0x00000000 .. 0x3fffffff: the devices, one leaf in the root table. A gigapage.
        la      t0, root_table
        li      t1, PTE_KERNEL_RW
        sd      t1, 0(t0)               # entry 0

        # va 0x40000000: the heap's tables are linked, but the last entry is left empty.
        la      t1, heap_middle
        srli    t1, t1, 2
        ori     t1, t1, PTE_TABLE
        sd      t1, 8(t0)               # entry 1
        la      t0, heap_middle
        la      t1, heap_leaf
        srli    t1, t1, 2
        ori     t1, t1, PTE_TABLE
        sd      t1, 0(t0)

        # va 0x80000000: RAM, in pages of 4 KiB.
        la      t0, root_table
        la      t1, ram_middle
        srli    t1, t1, 2
        ori     t1, t1, PTE_TABLE
        sd      t1, 16(t0)              # entry 2
        la      t0, ram_middle
        la      t1, ram_leaf
        srli    t1, t1, 2
        ori     t1, t1, PTE_TABLE
        sd      t1, 0(t0)

        la      a0, kernel
        la      a1, kernel_end
        li      a2, PTE_KERNEL_RX
        call    map_range
        la      a0, user
        la      a1, user_end
        li      a2, PTE_USER_RX
        call    map_range
        la      a0, kernel_data
        la      a1, kernel_stack_top
        li      a2, PTE_KERNEL_RW
        call    map_range
        la      a0, user_data
        la      a1, user_stack_top
        li      a2, PTE_USER_RW
        call    map_range
        la      a0, root_table
        la      a1, heap_frame
        li      a2, PTE_KERNEL_RW
        call    map_range

        # The switch. The next instruction is fetched through the tables; it is there because its
        # page is mapped to itself. The fence says: forget what you knew about translations.
        la      t0, root_table
        srli    t0, t0, 12
        li      t1, SATP_SV39
        or      t0, t0, t1
        csrw    satp, t0
        sfence.vma

        la      a0, text_paging
        call    s_print

        # To U, in the same way as M came to S. sscratch keeps the kernel's stack for the next trap.
        csrw    sscratch, sp
        li      t0, SSIE
        csrw    sie, t0
        li      t0, SSTATUS_SPP
        csrc    sstatus, t0
        li      t0, SSTATUS_SPIE
        csrs    sstatus, t0
        la      t0, user
        csrw    sepc, t0
        la      sp, user_stack_top
        sret

# map_range: map the pages from a0 up to a1, each to itself, with the flags a2.
map_range:
        la      t0, ram_leaf
map_page:
        srli    t1, a0, 12
        andi    t1, t1, 511             # which entry of the leaf table ...
        slli    t1, t1, 3               # ... of eight bytes each
        add     t1, t0, t1
        srli    t2, a0, 2
        or      t2, t2, a2
        sd      t2, 0(t1)
        lui     t2, 1                   # 4096, too large for addi
        add     a0, a0, t2
        bltu    a0, a1, map_page
        ret

# Every trap that was delegated. Only U traps to here: while S runs, its interrupts are off.
.align 2
s_trap:
        csrrw   sp, sscratch, sp        # exchange: the kernel's stack here, the user's kept
        addi    sp, sp, -64
        sd      ra, 0(sp)
        sd      t0, 8(sp)
        sd      t1, 16(sp)
        sd      t2, 24(sp)
        sd      a0, 32(sp)
        csrr    t0, scause
        bltz    t0, s_interrupt
        li      t1, ECALL_FROM_U
        beq     t0, t1, s_syscall
        li      t1, LOAD_PAGE_FAULT
        beq     t0, t1, s_page_fault
        li      t1, STORE_PAGE_FAULT
        beq     t0, t1, s_page_fault
        j       s_unexpected

s_return:
        ld      ra, 0(sp)
        ld      t0, 8(sp)
        ld      t1, 16(sp)
        ld      t2, 24(sp)
        ld      a0, 32(sp)
        addi    sp, sp, 64
        csrrw   sp, sscratch, sp
        sret

# System calls: the number is in a7.
s_syscall:
        csrr    t0, sepc                # sepc is the ecall itself: go on behind it
        addi    t0, t0, 4
        csrw    sepc, t0
        li      t0, SYS_PRINT
        beq     a7, t0, s_sys_print
        li      t0, SYS_ALARM
        beq     a7, t0, s_sys_alarm
        li      t0, SYS_EXIT
        beq     a7, t0, s_exit
        j       s_unexpected

# The text lies in the user's memory, which S may not touch by accident: SUM opens it, for as long
# as it takes. (A kernel would check first that all of it belongs to the user.)
s_sys_print:
        li      t2, SSTATUS_SUM
        csrs    sstatus, t2
        call    s_print
        csrc    sstatus, t2
        j       s_return

# We pass the request on. This ecall comes from S, is not delegated, and so goes to M.
s_sys_alarm:
        ecall
        j       s_return

# The user touched something that is not mapped. If it is the heap, give it a frame and let it try
# again: sepc stays as it is, so that sret repeats the instruction. (A kernel would take any free
# frame, and clear it. Ours has just the one, and the loader cleared it.)
s_page_fault:
        csrr    t1, stval               # the va that could not be translated
        srli    t1, t1, 12
        li      t2, HEAP_PAGE
        bne     t1, t2, s_unexpected
        la      t1, heap_frame
        srli    t1, t1, 2
        ori     t1, t1, PTE_USER_RW
        la      t2, heap_leaf
        sd      t1, 0(t2)
        csrr    t1, stval
        sfence.vma t1, zero             # forget what you knew about this page
        la      a0, text_mapped
        call    s_print
        j       s_return

# The news from the firmware that the timer went off. Count it where the user can see it.
s_interrupt:
        csrci   sip, SSIP
        la      a0, text_timer
        call    s_print
        li      t2, SSTATUS_SUM
        csrs    sstatus, t2
        la      t0, alarms
        ld      t1, 0(t0)
        addi    t1, t1, 1
        sd      t1, 0(t0)
        csrc    sstatus, t2
        j       s_return

# A trap that nobody expected: fail with cause + 1.
s_unexpected:
        csrr    a0, scause
        addi    a0, a0, 1

# Switch the machine off, with status a0.
s_exit:
        li      t0, PASS
        beqz    a0, s_finish
        slli    a0, a0, 16
        li      t0, FAIL
        or      t0, t0, a0
s_finish:
        li      t1, FINISHER
        sw      t0, 0(t1)
s_halt:
        j       s_halt

# Print the text at a0.
s_print:
        li      t0, UART
s_print_next:
        lbu     t1, 0(a0)
        beqz    t1, s_print_end
        sb      t1, UART_THR(t0)
        addi    a0, a0, 1
        j       s_print_next
s_print_end:
        ret
kernel_end:


# ==================================================================================================
# The user program: mode U. No CSR, no device, no page but its own.
# ==================================================================================================
        .align  12
user:
        la      a0, text_hello
        li      a7, SYS_PRINT
        ecall

        # The heap looks like any other memory. The store below is executed twice: the first time it
        # takes a page fault, and the user program never learns about it.
        li      s0, HEAP
        li      s1, 42
        sd      s1, 0(s0)
        ld      s2, 0(s0)
        bne     s1, s2, user_wrong
        la      a0, text_heap
        li      a7, SYS_PRINT
        ecall

        # From here on we do not ask for anything any more, and would keep the hart for ever.
        li      a0, 100
        li      a7, SYS_ALARM
        ecall
        la      s3, alarms
user_spin:
        addi    s4, s4, 1
        ld      s5, 0(s3)
        beqz    s5, user_spin
        la      a0, text_preempted
        li      a7, SYS_PRINT
        ecall

        li      a0, 0
        li      a7, SYS_EXIT
        ecall

user_wrong:
        li      a0, 1
        li      a7, SYS_EXIT
        ecall
user_end:


# ==================================================================================================
# Data: the kernel's, the user's, and what starts as zeros.
# ==================================================================================================
.section .data
        .align  12
kernel_data:
text_paging:
        .asciz  "S: paging is on\n"
text_mapped:
        .asciz  "S: page fault, mapped\n"
text_timer:
        .asciz  "S: timer\n"
        .align  4
kernel_stack:
        .space  256
kernel_stack_top:

        .align  12
user_data:
text_hello:
        .asciz  "U: hello\n"
text_heap:
        .asciz  "U: the heap works\n"
text_preempted:
        .asciz  "U: I was interrupted\n"
        .align  3
alarms:
        .dword  0
        .align  4
user_stack:
        .space  64
user_stack_top:

.section .bss
        .align  12
root_table:
        .space  4096
ram_middle:
        .space  4096
ram_leaf:
        .space  4096
heap_middle:
        .space  4096
heap_leaf:
        .space  4096
heap_frame:
        .space  4096
