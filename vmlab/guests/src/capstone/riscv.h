/* The words of the privileged manual that this hypervisor uses, and how C says them.
 *
 * Every number here stands in vmlab/isa too; a test holds the two together.
 */
#pragma once

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

#define csr_read(name) ({ u64 v_; asm volatile("csrr %0, " #name : "=r"(v_)::"memory"); v_; })
#define csr_write(name, v) asm volatile("csrw " #name ", %0" ::"r"(v) : "memory")
#define csr_set(name, v) asm volatile("csrs " #name ", %0" ::"r"(v) : "memory")
#define csr_clear(name, v) asm volatile("csrc " #name ", %0" ::"r"(v) : "memory")

enum cause {
    INSTRUCTION_ADDRESS_MISALIGNED = 0,
    INSTRUCTION_ACCESS_FAULT = 1,
    ILLEGAL_INSTRUCTION = 2,
    BREAKPOINT = 3,
    LOAD_ADDRESS_MISALIGNED = 4,
    LOAD_ACCESS_FAULT = 5,
    STORE_ADDRESS_MISALIGNED = 6,
    STORE_ACCESS_FAULT = 7,
    ECALL_FROM_U = 8,
    ECALL_FROM_VS = 10,
    INSTRUCTION_PAGE_FAULT = 12,
    LOAD_PAGE_FAULT = 13,
    STORE_PAGE_FAULT = 15,
    INSTRUCTION_GUEST_PAGE_FAULT = 20,
    LOAD_GUEST_PAGE_FAULT = 21,
    VIRTUAL_INSTRUCTION = 22,
    STORE_GUEST_PAGE_FAULT = 23,
    SUPERVISOR_TIMER = 5, /* with the interrupt bit */
};
#define CAUSE_Interrupt (1ul << 63)

#define MSTATUS_SIE (1ul << 1)
#define MSTATUS_SPIE (1ul << 5)
#define MSTATUS_SPP (1ul << 8)
#define MSTATUS_FS (1ul << 13) /* initial: the guest may compute with floats */
#define HSTATUS_SPV (1ul << 7)
#define HSTATUS_SPVP (1ul << 8)
#define HSTATUS_VTW (1ul << 21)
#define ENVCFG_STCE (1ul << 63)
#define INTERRUPTS_VSSI (1ul << 2)
#define INTERRUPTS_STI (1ul << 5)
#define INTERRUPTS_VSTI (1ul << 6)
#define INTERRUPTS_VSEI (1ul << 10)
#define COUNTEREN_CY (1ul << 0)
#define COUNTEREN_TM (1ul << 1)
#define COUNTEREN_IR (1ul << 2)
#define HGATP_MODE (8ul << 60) /* Sv39x4 */
#define HGATP_VMID (1ul << 44)

#define PTE_V (1ul << 0)
#define PTE_R (1ul << 1)
#define PTE_W (1ul << 2)
#define PTE_X (1ul << 3)
#define PTE_U (1ul << 4)
#define PTE_A (1ul << 6)
#define PTE_D (1ul << 7)

#define PAGE_BYTES 4096ul
#define WFI 0x10500073u

enum { A0 = 10, A1 = 11, A2 = 12, A6 = 16, A7 = 17 }; /* registers by their number */
