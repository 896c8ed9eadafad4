# A hypervisor and its guest, as small as they can be: for the browser tests.
#
# M lets HS have guest-page faults. HS builds Sv39x4, the guest's Sv39 behind it, all in pages of
# 4 KiB, and returns into VS. The guest names S's CSRs, loads once through all 15 entries, and then
# loads from a page that the G-stage does not map: HS takes the fault and ends the run.

.equ FINISHER,  0x100000
.equ G_ROOT,    0x80010000          # 16 KiB
.equ G_MIDDLE,  0x80014000
.equ G_LOW,     0x80015000
.equ VS_ROOT,   0x80016000          # guest-physical, and the same in RAM
.equ VS_MIDDLE, 0x80017000
.equ VS_LOW,    0x80018000
.equ MAPPED,    0x8001a000
.equ UNMAPPED,  0x8001f000          # by the VS-stage it is mapped
.equ PAGES,     31                  # of RAM, that the G-stage maps

_start:
    li t0, -1
    srli t0, t0, 10
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
    la t0, failed
    csrw mtvec, t0
    li t0, 1 << 21 | 1 << 23 | 1 << 20
    csrw medeleg, t0
    li t0, 1 << 11
    csrw mstatus, t0
    la t0, hypervisor
    csrw mepc, t0
    mret

hypervisor:
    la t0, faulted
    csrw stvec, t0
    li t0, G_ROOT
    li t1, G_MIDDLE >> 2 | 1
    sd t1, 16(t0)
    li t0, G_MIDDLE
    li t1, G_LOW >> 2 | 1
    sd t1, 0(t0)
    li t0, VS_ROOT
    li t1, VS_MIDDLE >> 2 | 1
    sd t1, 16(t0)
    li t0, VS_MIDDLE
    li t1, VS_LOW >> 2 | 1
    sd t1, 0(t0)
    li t0, G_LOW
    li t1, 0x80000000 >> 2 | 0xdf   # D A U X W R V
    li t2, VS_LOW
    li t3, 0x80000000 >> 2 | 0xcf   # no U: pages of the guest's kernel
    li t4, PAGES
    li t5, 1 << 10
fill:
    sd t1, 0(t0)
    sd t3, 0(t2)
    addi t0, t0, 8
    addi t2, t2, 8
    add t1, t1, t5
    add t3, t3, t5
    addi t4, t4, -1
    bnez t4, fill
    sd t3, 0(t2)
    li t0, 8 << 60 | 5 << 44 | G_ROOT >> 12
    csrw hgatp, t0
    li t0, 8 << 60 | VS_ROOT >> 12
    csrw vsatp, t0
    li t0, 1 << 7                   # hstatus.SPV
    csrs hstatus, t0
    li t0, 1 << 8                   # sstatus.SPP
    csrs sstatus, t0
    la t0, guest
    csrw sepc, t0
    sret

guest:
    la t0, failed
    csrw stvec, t0                  # vstvec
    li t0, 0x1234
    csrw sscratch, t0               # vsscratch
    li t0, MAPPED
    ld a0, 0(t0)
    li t0, UNMAPPED
refused:
    ld a0, 0(t0)

.balign 4
failed:
    li t1, 0x13333
    j end
.balign 4
faulted:
    csrr t0, scause
    li t1, 21
    bne t0, t1, failed
    li t1, 0x5555
end:
    li t0, FINISHER
    sw t1, 0(t0)
    j .
