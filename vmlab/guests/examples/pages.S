# A page table for Sv39, by hand: three levels, then a load through it in S. One gigapage maps the
# code to where it stands; the virtual address 0x4000 leads to the page `secret`.
.equ FINISHER, 0x100000
.equ PASS,     0x5555
.equ MPP_S,    0x0800
.equ MPP_ALL,  0x1800
.equ V,        1               # bits of a page table entry
.equ RX,       0xca            # readable, executable, accessed and dirty
.equ R,        0x42            # readable, accessed
.equ SV39,     8
.equ ECALL_S,  9

_start:
        la      t0, handler
        csrw    mtvec, t0
        li      t0, -1
        csrw    pmpaddr0, t0
        li      t0, 0x1f
        csrw    pmpcfg0, t0

        la      t0, root       # root[2]: the gigapage at 0x80000000, onto itself
        li      t1, 0x80000000 >> 12 << 10 | RX | V
        sd      t1, 16(t0)
        la      t1, middle     # root[0] -> middle, middle[0] -> last
        srli    t1, t1, 2      # address >> 12 << 10
        ori     t1, t1, V
        sd      t1, 0(t0)
        la      t0, middle
        la      t1, last
        srli    t1, t1, 2
        ori     t1, t1, V
        sd      t1, 0(t0)
        la      t0, last       # last[4]: the page at virtual 0x4000
        la      t1, secret
        srli    t1, t1, 2
        ori     t1, t1, R | V
        sd      t1, 32(t0)

        la      t0, root       # satp: the format, and the page number of the root
        srli    t0, t0, 12
        li      t1, SV39
        slli    t1, t1, 60
        or      t0, t0, t1
        csrw    satp, t0
        sfence.vma
        li      t0, MPP_ALL
        csrc    mstatus, t0
        li      t0, MPP_S
        csrs    mstatus, t0
        la      t0, kernel
        csrw    mepc, t0
        mret

.align 2
kernel:                        # in S, translated
        li      t0, 0x4000
        ld      a0, 0(t0)      # three reads of the table: see the page walk
        ecall

.align 2
handler:                       # in M
        csrr    t0, mcause
        li      t1, ECALL_S
        bne     t0, t1, halt
        li      t0, 42
        bne     a0, t0, halt
        li      t0, PASS
        li      t1, FINISHER
        sw      t0, 0(t1)
halt:
        j       halt

.data
.balign 4096
root:   .space  4096
middle: .space  4096
last:   .space  4096
secret: .dword  42
        .space  4088
