/* testguest: a kernel in S that does a known number of everything that a hypervisor may notice.
 *
 * It asks for nothing but SBI and a UART, so it runs on a bare machine with firmware just as well. How
 * often it does what, and which evil deed at the end, stands in the image (start.S) and can be
 * written over there.
 *
 *     root[0] -> low[0]                 2 MiB  va 0x00000000  the finisher, which a VM has not
 *                low[2]    -> user      4 KiB  va 0x00400000  U: its text; 0x00401000: filled late
 *                low[128]               2 MiB  va 0x10000000  the UART
 *     root[1]                           1 GiB  va 0x40000000  nothing
 *     root[2]                           1 GiB  va 0x80000000  RAM, for S; its end is not checked
 */
typedef unsigned char u8;
typedef unsigned long u64;

enum { V = 1, R = 2, W = 4, X = 8, U = 16, A = 64, D = 128 };
enum { ECALL_FROM_U = 8, LOAD_PAGE_FAULT = 13 };
enum { A0 = 10, A1 = 11, A7 = 17 };
enum { SYS_NOTHING = 0 };
#define SATP_SV39 (8ul << 60)
#define SSTATUS_SPP (1ul << 8)
#define SIE_STIE (1ul << 5)
#define INTERRUPT (1ul << 63)
#define UART 0x10000000ul
#define USER 0x400000ul
#define PAGE 4096ul
#define TICK 2000ul
#define BEYOND 0x80800000ul /* where 8 MiB of RAM end */

#define csr_read(name) ({ u64 v_; asm volatile("csrr %0, " #name : "=r"(v_)::"memory"); v_; })
#define csr_write(name, v) asm volatile("csrw " #name ", %0" ::"r"(v) : "memory")
#define csr_set(name, v) asm volatile("csrs " #name ", %0" ::"r"(v) : "memory")
#define csr_clear(name, v) asm volatile("csrc " #name ", %0" ::"r"(v) : "memory")

extern const volatile struct {
    u64 calls, pages, registers, prints, naps, deed;
    u64 fresh; /* the first of the pages: RAM that nobody has touched */
} wanted;
enum deed {
    GOOD, LOAD_NOTHING, LOAD_BEYOND, STORE_FINISHER, JUMP_BEYOND, WORD_OF_UART, PRINT_BEYOND,
    WRITE_HGATP, TABLE_BEYOND, NO_HANDLER, IMAGE_OF_HOST, EMPTY_SLOT,
    STALE_CODE, TABLE_IN_SLOT,
};

struct frame {
    u64 x[32];
    u64 pc;
} frame;

void s_trap(void);
void frame_enter(struct frame *frame) __attribute__((noreturn));
u64 attempt_load(u64 va);
u64 attempt_short_load(u64 va);
void attempt_store(u64 va);
void attempt_jump(u64 va, u64 *argument);
void attempt_hgatp(void);
extern char user_page[], stale_code[];

static u64 root[512] __attribute__((aligned(4096)));
static u64 low[512] __attribute__((aligned(4096)));
static u64 user[512] __attribute__((aligned(4096)));
static u64 late[512] __attribute__((aligned(4096)));
static u64 calls, faults, ticks;
static volatile u64 expected, trapped;

static u64 sbi(u64 extension, u64 function, u64 first, u64 second, u64 third) {
    register u64 a0 asm("a0") = first;
    register u64 a1 asm("a1") = second;
    register u64 a2 asm("a2") = third;
    register u64 a6 asm("a6") = function;
    register u64 a7 asm("a7") = extension;
    asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
    return a0;
}

#define INVALID_PARAM (-3ul)
enum { TIME = 0x54494d45, DBCN = 0x4442434e, SRST = 0x53525354 };

static void __attribute__((noreturn)) end(u64 failure) {
    sbi(SRST, 0, 0, failure, 0);
    for (;;)
        ;
}

static u64 print(const char *text) {
    u64 length = 0;
    while (text[length])
        length++;
    return sbi(DBCN, 0, length, (u64)text, 0);
}

static u64 entry(const void *pa, u64 flags) { return (u64)pa >> 12 << 10 | flags | V; }

static void __attribute__((noreturn)) print_and_end(const char *text, u64 failure) {
    print(text);
    end(failure);
}

/* The rest runs when the program in U has ended. */
static void registers_of_uart(void) {
    volatile u8 *uart = (volatile u8 *)UART;
    enum { THR = 0, LSR = 5, SCR = 7, LSR_THRE = 0x20 };
    for (u64 i = 0; i < wanted.registers; i++) {
        uart[SCR] = (u8)i;
        if (uart[SCR] != (u8)i)
            print_and_end("testguest: the UART forgets\n", 1);
    }
    if (uart[LSR] & LSR_THRE)
        uart[THR] = '\n';
}

static void nap(void) {
    sbi(TIME, 0, csr_read(time) + TICK, 0, 0);
    asm volatile("wfi");
    csr_set(sstatus, 2); /* SIE: the interrupt is taken here, by the handler */
    csr_clear(sstatus, 2);
}

/* Do something that should trap, and say with which cause it did. */
static void evil(u64 deed) {
    if (deed == NO_HANDLER) {
        csr_write(stvec, 0x40000000ul);
        asm volatile("ebreak");
    }
    if (deed == TABLE_BEYOND) {
        csr_write(satp, SATP_SV39 | BEYOND >> 12);
        asm volatile("sfence.vma" ::: "memory");
    }
    if (deed == PRINT_BEYOND)
        print_and_end(
            sbi(DBCN, 0, 16, BEYOND, 0) == INVALID_PARAM ? "deed: refused\n" : "deed: done\n", 0);
    u64 seen = 1;
    trapped = 0;
    expected = 1;
    switch (deed) {
    case LOAD_NOTHING:
        attempt_load(0x40000000ul);
        break;
    case LOAD_BEYOND:
        attempt_load(BEYOND);
        break;
    case STORE_FINISHER:
        attempt_store(0x100000ul);
        break;
    case JUMP_BEYOND:
        attempt_jump(BEYOND, 0);
        break;
    case WORD_OF_UART:
        attempt_load(UART);
        break;
    case WRITE_HGATP:
        attempt_hgatp();
        break;
    case TABLE_IN_SLOT: /* the load is of nothing odd, but the walk reads its entry from there */
        root[1] = entry((void *)(UART + PAGE), 0);
        asm volatile("sfence.vma" ::: "memory");
        seen = attempt_load(0x40000000ul);
        break;
    case STALE_CODE:
        user[2] = entry(stale_code, R | X | A);
        attempt_jump(USER + 2 * PAGE + (u64)stale_code % PAGE, &user[2]);
        break;
    case EMPTY_SLOT:
        seen = attempt_short_load(UART + PAGE);
        break;
    case IMAGE_OF_HOST:
        seen = attempt_load(0x80000000ul);
        break;
    }
    expected = 0;
    char text[] = "deed: cause 00\n";
    text[12] = (char)('0' + trapped / 10);
    text[13] = (char)('0' + trapped % 10);
    print_and_end(seen ? text : "deed: found zeros\n", 0);
}

static void __attribute__((noreturn)) after_program(void) {
    volatile u64 *fresh = (volatile u64 *)wanted.fresh;
    for (u64 i = 0; i < wanted.pages; i++)
        fresh[i * PAGE / sizeof *fresh] = i;
    registers_of_uart();
    for (u64 i = 0; i < wanted.prints; i++)
        print(".");
    for (u64 i = 0; i < wanted.naps; i++)
        nap();
    if (calls != wanted.calls || faults != 1 || ticks != wanted.naps)
        print_and_end("\ntestguest: something was lost\n", 1);
    print("\ntestguest: every call, fault and tick came\n");
    if (wanted.deed != GOOD)
        evil(wanted.deed);
    end(0);
}

void kernel_trap(struct frame *from) {
    u64 cause = csr_read(scause);
    if (cause & INTERRUPT) {
        ticks++;
        sbi(TIME, 0, -1ul, 0, 0);
    } else if (cause == ECALL_FROM_U) {
        if (from->x[A7] != SYS_NOTHING)
            after_program();
        calls++;
        from->pc += 4;
    } else if (cause == LOAD_PAGE_FAULT && csr_read(stval) == USER + PAGE) {
        user[1] = entry(late, R | W | U | A | D);
        faults++;
    } else if (expected) {
        trapped = cause;
        from->pc = from->x[1]; /* give up the attempt */
    } else {
        print_and_end("testguest: a trap that was not expected\n", 1 + cause);
    }
}

void __attribute__((noreturn)) kernel_main(void) {
    print("testguest: hello\n");
    root[0] = entry(low, 0);
    root[1] = entry((void *)0x40000000ul, R | W | X | A | D);
    root[2] = entry((void *)0x80000000ul, R | W | X | A | D);
    low[0] = entry(0, R | W | A | D);
    low[2] = entry(user, 0);
    low[128] = entry((void *)UART, R | W | A | D);
    user[0] = entry(user_page, R | X | U | A);
    csr_write(satp, SATP_SV39 | (u64)root >> 12);
    asm volatile("sfence.vma" ::: "memory");

    csr_write(stvec, s_trap);
    csr_write(sie, SIE_STIE);
    csr_clear(sstatus, SSTATUS_SPP);
    frame.pc = USER;
    frame.x[A0] = wanted.calls;
    frame.x[A1] = USER + PAGE;
    frame_enter(&frame);
}
