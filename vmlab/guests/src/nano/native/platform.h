/* The platform of nano on a hart of its own: S-mode, its CSRs, its page tables, and SBI below.
 *
 * All that a kernel may do and a program may not goes through this header, and nothing else in nano
 * knows how. So another platform, where the machine is not the kernel's own, is another folder with
 * a header of this name, and the difference between the two is what virtualization costs.
 */
#pragma once

#ifdef __ASSEMBLER__

/* sscratch holds the process's frame while the hart is in U, and 0 while the kernel runs. */
.macro TRAP_SWAP_SP             /* exchange sp and the scratch word */
        csrrw   sp, sscratch, sp
.endm
.macro TRAP_SWAP_BACK           /* where sp turns out to be 0 */
        csrrw   sp, sscratch, sp
.endm
.macro TRAP_TAKE_SP reg         /* the sp that was exchanged; the scratch word becomes 0 */
        csrrw   \reg, sscratch, zero
.endm
.macro TRAP_PC reg              /* where the trap came from */
        csrr    \reg, sepc
.endm
.macro RETURN_PC reg            /* where RETURN goes on */
        csrw    sepc, \reg
.endm
.macro RETURN_FRAME reg         /* the frame that the next trap from U saves to */
        csrw    sscratch, \reg
.endm
.macro RETURN_TO_USER           /* with the registers of the frame at sp */
        RESTORE
        sret
.endm
.macro RETURN_TO_KERNEL         /* the same, to where the kernel was interrupted */
        RESTORE
        sret
.endm

#else

#include "../../firmware/sbi.h"
#include "../hart/csr.h"
#include "../riscv.h"

/* Memory. The kernel's addresses are physical ones: a frame's number is a shift away. */
#define RAM_BASE 0x80000000ul
#define RAM_MOST_BYTES (1ul << 30) /* one entry of the root table */
#define DEVICES 0xc0000000ul       /* the kernel sees a device of pa 0x1xxxxxxx here and above */
#define UART_PA 0x10000000ul
#define VIRTIO_PA 0x10001000ul

static inline u64 frame_of(const void *kernel_va) { return (u64)kernel_va >> 12; }
static inline void *va_of(u64 frame) { return (void *)(frame << 12); }
static inline volatile void *device(u64 pa) { return (volatile void *)(DEVICES + pa); }

/* Page tables: what the walker reads is what the kernel wrote. */
static inline pte_t pte_get(const pte_t *slot) { return *(const volatile pte_t *)slot; }
static inline void pte_set(pte_t *slot, pte_t pte) { *(volatile pte_t *)slot = pte; }

static inline void fence_page(u64 va, u64 asid) {
    asm volatile("sfence.vma %0, %1" ::"r"(va), "r"(asid) : "memory");
}
/* The same, if it is early enough when U goes on. */
static inline void fence_user_page(u64 va, u64 asid) { fence_page(va, asid); }
static inline void fence_space(u64 asid) {
    asm volatile("sfence.vma zero, %0" ::"r"(asid) : "memory");
}
static inline void fence_all(void) { asm volatile("sfence.vma" ::: "memory"); }

/* From now on the hart is in this space. Translations of different spaces are told apart by their
 * numbers, on a hart that has some; else they all go. */
extern int has_asids;
static inline void space_enter(const pte_t *root, u64 asid) {
    csr_write(satp, SATP_SV39 | (has_asids ? asid << SATP_ASID_SHIFT : 0) | frame_of(root));
    if (!has_asids)
        fence_all();
}

/* The root of a new space gets the kernel's part, which is the same in all; and a page that was a
 * root, and that the hart is no longer in, becomes a page like any other. */
void root_make(pte_t *root);
static inline void root_drop(pte_t *root) { (void)root; }
/* Called once, with translation off; it is on afterwards. */
void kernel_map(u64 ram_bytes);

/* Traps. */
static inline void traps_go_to(void (*entry)(void)) {
    csr_write(stvec, entry);
    csr_clear(sstatus, SSTATUS_SPP); /* sret goes to U, and nothing changes that */
    csr_write(scounteren, 0);        /* programs read no clock but by asking */
    csr_set(sie, SIE_TIMER);
}
static inline u64 trap_cause(void) { return csr_read(scause); }
static inline u64 trap_value(void) { return csr_read(stval); }
static inline void interrupts_on(void) { csr_set(sstatus, SSTATUS_SIE); }
static inline void interrupts_off(void) { csr_clear(sstatus, SSTATUS_SIE); }

/* Until an interrupt is pending; it need not be enabled. */
static inline void idle(void) { asm volatile("wfi" ::: "memory"); }

/* What a benchmark measures. */
static inline u64 scratch_read(void) { return csr_read(sscratch); }
static inline void scratch_write(u64 value) { csr_write(sscratch, value); }
static inline volatile u8 *scratch_register(void) { return (volatile u8 *)device(UART_PA) + 7; }

/* SBI. */
struct sbi_answer {
    long error;
    u64 value;
};
static inline struct sbi_answer sbi(u64 extension, u64 function, u64 a, u64 b, u64 c) {
    register u64 a0 asm("a0") = a;
    register u64 a1 asm("a1") = b;
    register u64 a2 asm("a2") = c;
    register u64 a6 asm("a6") = function;
    register u64 a7 asm("a7") = extension;
    asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
    return (struct sbi_answer){(long)a0, a1};
}

/* Time counts on by itself; an interrupt becomes pending when it reaches what was set. */
#define NEVER (~0ul)
static inline u64 time_now(void) { return csr_read(time); }
static inline void timer_set(u64 when) { sbi(SBI_TIME, 0, when, 0, 0); }

/* The console, the disk, the end. */
void platform_start(void);
void console_put(const u8 *bytes, u64 length);
int console_get(void); /* a byte, or -1 */
int block_read(u64 sector, u8 *to); /* 0, or -1 without a disk or without such a sector */
void __attribute__((noreturn)) power_off(int failed);

/* Try one of `enum probe` in the kernel: what it read, or CAUGHT + cause. */
long probe(u64 number);

#endif
