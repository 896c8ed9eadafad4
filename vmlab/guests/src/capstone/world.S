# The world switch: everything between an instruction of the guest and the first line of C.
#
# Exit: the hart has put the guest's pc into sepc and its mode into sstatus.SPP and hstatus.SPV, has
# set V to 0 and come here. The 31 registers still are the guest's: sscratch holds the address of the
# struct world (vm.h) that they go to. The guest's own CSRs need not move: in HS the names of S mean
# HS's, and the guest's wait in vsstatus, vsepc, vsatp and the others.

.equ SEPC, 256
.equ SSTATUS, 264
.equ HSTATUS, 272

.section .text
.balign 4
.globl exit_enter
exit_enter:
        csrrw   sp, sscratch, sp        # exchange: the world here, the guest's sp kept
.irp n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        sd      x\n, 8*\n(sp)
.endr
        csrr    t0, sscratch
        csrr    t1, sepc
        csrr    t2, sstatus
        csrr    t3, hstatus
        sd      t0, 8*2(sp)
        sd      t1, SEPC(sp)
        sd      t2, SSTATUS(sp)
        sd      t3, HSTATUS(sp)
        mv      a0, sp
        la      sp, stack_top           # nothing was on it: C begins anew at each exit
        call    exit_handle             # (struct vm *): the one to go on with, in a0
        # fall through

# Entry: the same backwards. sret puts hstatus.SPV into V and sstatus.SPP into the mode.
.globl world_enter
world_enter:
        ld      t1, SEPC(a0)
        ld      t2, SSTATUS(a0)
        ld      t3, HSTATUS(a0)
        csrw    sepc, t1
        csrw    sstatus, t2
        csrw    hstatus, t3
        csrw    sscratch, a0
        mv      sp, a0
.irp n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        ld      x\n, 8*\n(sp)
.endr
        ld      sp, 8*2(sp)             # the last one: until here sp was the world
.globl exit_leave
exit_leave:
        sret

# long guest_parcel(u64 gva): 16 bits of the guest's code as the guest would fetch them, or -1.
# The guest may have changed its tables since: a trap on the way comes to 1f, not to exit_enter.
# All that such a trap overwrites is in the world already.
.globl guest_parcel
guest_parcel:
        la      t0, 1f
        csrrw   t0, stvec, t0
        hlvx.hu a0, (a0)
        csrw    stvec, t0
        ret
.balign 4
1:      csrw    stvec, t0
        li      a0, -1
        ret
