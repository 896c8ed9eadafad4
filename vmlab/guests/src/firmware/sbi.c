/* Firmware in M that keeps out of the way: it gives S everything that can be given, and then answers
 * SBI calls, the only traps that still come here.
 *
 * This board has one hart, so "all other harts" is a set without members: what is asked of it is
 * done at once, and a hart that does not exist is an invalid parameter.
 */
#include "sbi.h"

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

#define FINISHER ((volatile u32 *)0x100000)
#define CLINT_MTIMECMP ((volatile u64 *)0x2004000)
#define UART ((volatile u8 *)0x10000000)
enum { UART_DATA = 0, UART_LSR = 5 };
enum { LSR_READY = 0x01, LSR_EMPTY = 0x20 };
enum { FINISH_PASS = 0x5555, FINISH_FAIL = 0x3333, FINISH_RESET = 0x7777 };

enum { ECALL_FROM_S = 9, ECALL_FROM_M = 11 };
#define INTERRUPT (1ul << 63)
#define M_TIMER (INTERRUPT | 7)
#define SSIP (1ul << 1)
#define STIP (1ul << 5)
#define MTIE (1ul << 7)
#define MSTATUS_MPP (3ul << 11)
#define MSTATUS_MPP_S (1ul << 11)
#define MENVCFG_STCE (1ul << 63)
#define PMP_ALL_RWX 0x1ful /* NAPOT, X W R */

#define SPEC_VERSION (2ul << 24)
#define IMPLEMENTATION 0x766d6c6162ul /* "vmlab": of the numbers that nobody has registered */

#define csr_read(name) ({ u64 v_; asm volatile("csrr %0, " #name : "=r"(v_)); v_; })
#define csr_write(name, v) asm volatile("csrw " #name ", %0" ::"r"(v) : "memory")
#define csr_set(name, v) asm volatile("csrs " #name ", %0" ::"r"(v) : "memory")
#define csr_clear(name, v) asm volatile("csrc " #name ", %0" ::"r"(v) : "memory")

struct answer {
    long error;
    u64 value;
};

/* Sstc: S has a timer of its own, and the firmware need not turn M's interrupts into S's. */
static int has_stimecmp;

/* Give S the machine. All CSRs written here keep only the bits that exist (WARL). */
void prepare(void) {
    csr_write(pmpaddr0, ~0ul >> 10); /* one range of everything, for everybody */
    csr_write(pmpcfg0, PMP_ALL_RWX);
    csr_write(medeleg, ~(1ul << ECALL_FROM_S | 1ul << ECALL_FROM_M));
    csr_write(mideleg, ~0ul);
    csr_write(mcounteren, ~0ul); /* S reads cycle, time and instret itself */
    csr_write(menvcfg, MENVCFG_STCE);
    has_stimecmp = (csr_read(menvcfg) & MENVCFG_STCE) != 0;
    csr_clear(mstatus, MSTATUS_MPP);
    csr_set(mstatus, MSTATUS_MPP_S); /* where mret goes */
}

static void __attribute__((noreturn)) finish(u32 word) {
    *FINISHER = word;
    for (;;)
        ;
}

static void set_timer(u64 when) {
    if (has_stimecmp) {
        csr_write(0x14d, when); /* stimecmp */
        return;
    }
    *CLINT_MTIMECMP = when;
    csr_clear(mip, STIP);
    csr_set(mie, MTIE);
}

static void put(u8 byte) {
    while (!(UART[UART_LSR] & LSR_EMPTY))
        ;
    UART[UART_DATA] = byte;
}

static long get(void) { return UART[UART_LSR] & LSR_READY ? UART[UART_DATA] : -1; }

static void fence(int instructions) {
    if (instructions)
        asm volatile("fence.i" ::: "memory");
    else
        asm volatile("sfence.vma" ::: "memory");
}

/* A set of harts is a mask of those from `base` on; a base of -1 means all. Only hart 0 exists. */
static int only_this_hart(u64 mask, u64 base) {
    return base == ~0ul || (base == 0 && !(mask & ~1ul)) || !mask;
}

static int answered(u64 extension) {
    switch (extension) {
    case SBI_OLD_SET_TIMER ... SBI_OLD_SHUTDOWN:
    case SBI_BASE:
    case SBI_TIME:
    case SBI_IPI:
    case SBI_RFENCE:
    case SBI_HSM:
    case SBI_SRST:
    case SBI_DBCN:
        return 1;
    }
    return 0;
}

static struct answer base(u64 function, u64 argument) {
    switch (function) {
    case SBI_BASE_SPEC_VERSION:
        return (struct answer){SBI_SUCCESS, SPEC_VERSION};
    case SBI_BASE_IMPL_ID:
        return (struct answer){SBI_SUCCESS, IMPLEMENTATION};
    case SBI_BASE_IMPL_VERSION:
        return (struct answer){SBI_SUCCESS, 1};
    case SBI_BASE_PROBE:
        return (struct answer){SBI_SUCCESS, (u64)answered(argument)};
    case SBI_BASE_MVENDORID:
        return (struct answer){SBI_SUCCESS, csr_read(mvendorid)};
    case SBI_BASE_MARCHID:
        return (struct answer){SBI_SUCCESS, csr_read(marchid)};
    case SBI_BASE_MIMPID:
        return (struct answer){SBI_SUCCESS, csr_read(mimpid)};
    }
    return (struct answer){SBI_ERR_NOT_SUPPORTED, 0};
}

static struct answer remote_fence(u64 function, u64 mask, u64 from) {
    if (function > SBI_RFENCE_SFENCE_VMA_ASID) /* a hypervisor's: with one hart it can do them */
        return (struct answer){SBI_ERR_NOT_SUPPORTED, 0};
    if (!only_this_hart(mask, from))
        return (struct answer){SBI_ERR_INVALID_PARAM, 0};
    fence(function == SBI_RFENCE_FENCE_I);
    return (struct answer){SBI_SUCCESS, 0};
}

static struct answer send_ipi(u64 mask, u64 from) {
    if (!only_this_hart(mask, from))
        return (struct answer){SBI_ERR_INVALID_PARAM, 0};
    if (from == ~0ul || mask)
        csr_set(mip, SSIP);
    return (struct answer){SBI_SUCCESS, 0};
}

static struct answer harts(u64 function, u64 argument) {
    switch (function) {
    case SBI_HSM_START:
        return (struct answer){argument ? SBI_ERR_INVALID_PARAM : SBI_ERR_ALREADY_AVAILABLE, 0};
    case SBI_HSM_STOP: /* nobody would be left to start it again */
        return (struct answer){SBI_ERR_FAILED, 0};
    case SBI_HSM_STATUS: /* 0: started */
        return (struct answer){argument ? SBI_ERR_INVALID_PARAM : SBI_SUCCESS, 0};
    case SBI_HSM_SUSPEND: /* type 0 keeps all state: it is what wfi does */
        if (argument)
            return (struct answer){SBI_ERR_NOT_SUPPORTED, 0};
        asm volatile("wfi");
        return (struct answer){SBI_SUCCESS, 0};
    }
    return (struct answer){SBI_ERR_NOT_SUPPORTED, 0};
}

static struct answer reset(u64 function, u64 type, u64 reason) {
    if (function)
        return (struct answer){SBI_ERR_NOT_SUPPORTED, 0};
    if (type > SBI_SRST_WARM_REBOOT || reason > SBI_SRST_SYSTEM_FAILURE)
        return (struct answer){SBI_ERR_INVALID_PARAM, 0};
    if (type != SBI_SRST_SHUTDOWN)
        finish(FINISH_RESET);
    finish(reason == SBI_SRST_NO_REASON ? FINISH_PASS : 1u << 16 | FINISH_FAIL);
}

/* Memory is named by its physical address, in two halves of which the upper one is zero here. */
static struct answer debug_console(u64 function, u64 first, u64 low, u64 high) {
    u64 done = 0;
    if (function == SBI_DBCN_WRITE_BYTE) {
        put((u8)first);
        return (struct answer){SBI_SUCCESS, 0};
    }
    if (function > SBI_DBCN_READ)
        return (struct answer){SBI_ERR_NOT_SUPPORTED, 0};
    if (high)
        return (struct answer){SBI_ERR_INVALID_PARAM, 0};
    u8 *bytes = (u8 *)low;
    if (function == SBI_DBCN_WRITE)
        while (done < first)
            put(bytes[done++]);
    else
        for (long byte; done < first && (byte = get()) >= 0;)
            bytes[done++] = (u8)byte;
    return (struct answer){SBI_SUCCESS, done};
}

static struct answer call(u64 extension, u64 function, const u64 *a) {
    switch (extension) {
    case SBI_BASE:
        return base(function, a[0]);
    case SBI_TIME:
        if (function)
            break;
        set_timer(a[0]);
        return (struct answer){SBI_SUCCESS, 0};
    case SBI_IPI:
        return function ? (struct answer){SBI_ERR_NOT_SUPPORTED, 0} : send_ipi(a[0], a[1]);
    case SBI_RFENCE:
        return remote_fence(function, a[0], a[1]);
    case SBI_HSM:
        return harts(function, a[0]);
    case SBI_SRST:
        return reset(function, a[0], a[1]);
    case SBI_DBCN:
        return debug_console(function, a[0], a[1], a[2]);
    }
    return (struct answer){SBI_ERR_NOT_SUPPORTED, 0};
}

/* The calls of SBI 0.1: one result. Their masks of harts are in memory; there is just one hart. */
static long old_call(u64 extension, u64 argument) {
    switch (extension) {
    case SBI_OLD_SET_TIMER:
        set_timer(argument);
        break;
    case SBI_OLD_PUTCHAR:
        put((u8)argument);
        break;
    case SBI_OLD_GETCHAR:
        return get();
    case SBI_OLD_CLEAR_IPI:
        csr_clear(mip, SSIP);
        break;
    case SBI_OLD_SEND_IPI:
        csr_set(mip, SSIP);
        break;
    case SBI_OLD_SHUTDOWN:
        finish(FINISH_PASS);
    default:
        fence(extension == SBI_OLD_FENCE_I);
    }
    return SBI_SUCCESS;
}

/* Every trap to M, with the caller's a0 to a7. */
void handle(u64 a[8]) {
    u64 cause = csr_read(mcause);
    if (cause == ECALL_FROM_S) {
        csr_write(mepc, csr_read(mepc) + 4);
        if (a[7] <= SBI_OLD_SHUTDOWN) {
            a[0] = (u64)old_call(a[7], a[0]);
        } else {
            struct answer answer = call(a[7], a[6], a);
            a[0] = (u64)answer.error;
            a[1] = answer.value;
        }
    } else if (cause == M_TIMER) { /* without Sstc: hand it on, until S sets the next one */
        csr_clear(mie, MTIE);
        csr_set(mip, STIP);
    } else { /* nothing else can be: everything is delegated */
        finish((u32)(cause + 1) << 16 | FINISH_FAIL);
    }
}
