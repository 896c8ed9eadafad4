/* supervisor: a kernel that does nothing but what kernels are for.
 *
 * Two tasks with an address space each (a root table and an ASID) run the program beside it
 * (tasks.c) and ask for nothing useful: system calls that only return, pages that are filled in
 * when they are touched first, pages whose rights change and that are taken away again, and the
 * other task's turn. So nearly all time goes to traps with all registers saved, writes of satp,
 * walks, edits of tables and sfence.vma.
 *
 * The kernel counts what it does, and a count that is not what the rounds make ends it as failed.
 *
 *     root[0] -> devices                                2 MiB  va 0x00000000  the finisher
 *                devices[2] -> program                  4 KiB  from va 0x00400000, U: text, stack
 *                devices[4] -> lazy                     4 KiB  from va 0x00800000, U: filled late
 *     root[2]                                 global    1 GiB  va 0x80000000  RAM, for S
 */
#include "calls.h"

typedef unsigned int u32;
typedef unsigned long u64;

#define FINISHER 0x100000ul
#define PASS 0x5555u
#define FAIL 0x3333u
#define RAM 0x80000000ul

#define PAGE 4096ul
#define PROGRAM 0x400000ul
#define STACK_TOP (PROGRAM + 512 * PAGE)

enum { V = 1, R = 2, W = 4, X = 8, U = 16, G = 32, A = 64, D = 128 };
#define SATP_SV39 (8ul << 60)
#define SSTATUS_SPP (1ul << 8)

enum { LOAD_PAGE_FAULT = 13, STORE_PAGE_FAULT = 15, ECALL_FROM_U = 8 };
enum { A0 = 10, A1 = 11, A7 = 17, SP = 2 };

struct frame {
    u64 x[32];
    u64 pc;
};

#define csr_read(name) ({ u64 v_; asm volatile("csrr %0, " #name : "=r"(v_)); v_; })
#define csr_write(name, v) asm volatile("csrw " #name ", %0" ::"r"(v) : "memory")
#define csr_clear(name, v) asm volatile("csrc " #name ", %0" ::"r"(v) : "memory")

extern char user_text[], user_text_end[], user_data[], user_data_end[];
extern char user_text_pa[], user_data_pa[];

void s_trap(void);
void user_enter(struct frame *frame) __attribute__((noreturn));

#include "../bench/tohost.h"

/* Where the trap's entry (../runtime/start.S) goes on if kernel_trap returns: it never does. */
struct frame frame;

enum { TASKS = 2 };

static struct task {
    struct frame frame;
    u64 satp, asid;
    u64 ended;
} tasks[TASKS];

static struct tables {
    u64 root[512], devices[512], program[512], lazy[512];
} tables[TASKS] __attribute__((aligned(4096)));

static char stacks[TASKS][PAGE] __attribute__((aligned(4096)));
/* The pages behind the lazy region. Nobody ever frees one: a page has one place in each task. */
static char pages[TASKS][LAZY_PAGES][PAGE] __attribute__((aligned(4096)));
static const u64 zeros[512] __attribute__((aligned(4096)));

static u32 current;
static u64 calls, filled, copied, dropped, switches;

static void __attribute__((noreturn)) power_off(u64 status) {
    tell_the_host(status);
    *(volatile u32 *)FINISHER = status ? (u32)status << 16 | FAIL : PASS;
    for (;;)
        ;
}

static u64 entry(const void *pa, u64 flags) { return (u64)pa >> 12 << 10 | flags | V; }

/* After an edit of one page's entry in the space of this task. */
static void forget(u64 va) {
    asm volatile("sfence.vma %0, %1" ::"r"(va), "r"(tasks[current].asid) : "memory");
}

static void map_program(u64 *leaves, u64 va, u64 end, const char *pa, u64 flags) {
    for (; va < end; va += PAGE, pa += PAGE)
        leaves[(va - PROGRAM) / PAGE] = entry(pa, flags | U | A);
}

static void make_task(u32 number) {
    struct task *task = &tasks[number];
    struct tables *own = &tables[number];
    own->root[0] = entry(own->devices, 0);
    own->root[2] = entry((void *)RAM, R | W | X | A | D | G);
    own->devices[0] = entry(0, R | W | A | D | G);
    own->devices[2] = entry(own->program, 0);
    own->devices[4] = entry(own->lazy, 0);
    map_program(own->program, (u64)user_text, (u64)user_text_end, user_text_pa, R | X);
    map_program(own->program, (u64)user_data, (u64)user_data_end, user_data_pa, R | W | D);
    map_program(own->program, STACK_TOP - PAGE, STACK_TOP, stacks[number], R | W | D);
    task->asid = number + 1;
    task->satp = SATP_SV39 | task->asid << 44 | (u64)own->root >> 12;
    task->frame.pc = (u64)user_text;
    task->frame.x[SP] = STACK_TOP;
    task->frame.x[A0] = number;
}

void __attribute__((noreturn)) kernel_main(void) {
    for (u32 number = 0; number < TASKS; number++)
        make_task(number);
    csr_write(satp, tasks[0].satp);
    asm volatile("sfence.vma" ::: "memory");
    csr_write(stvec, s_trap);
    csr_clear(sstatus, SSTATUS_SPP);
    user_enter(&tasks[0].frame);
}

/* The other task's turn, if it has not ended. Its translations are told apart by its ASID. */
static void next_task(void) {
    u32 other = (current + 1) % TASKS;
    if (tasks[other].ended)
        return;
    current = other;
    switches++;
    csr_write(satp, tasks[current].satp);
}

/* A touch of the lazy region: a load is given the page of zeros, a store a page of its own. */
static void fill(u64 va, int store) {
    u64 number = (va - LAZY) / PAGE;
    if (va < LAZY || number >= LAZY_PAGES)
        power_off(0x40);
    u64 *leaf = &tables[current].lazy[number];
    u64 *page = (u64 *)pages[current][number];
    if (!store) {
        if (*leaf)
            power_off(0x41);
        *leaf = entry(zeros, R | U | A);
        filled++;
    } else {
        if (*leaf & W)
            power_off(0x42);
        page[0] = 0;
        *leaf = entry(page, R | W | U | A | D);
        copied++;
    }
    forget(va);
}

/* Take the region away again, page by page. */
static u64 drop(void) {
    u64 many = 0;
    for (u64 number = 0; number < LAZY_PAGES; number++) {
        u64 *leaf = &tables[current].lazy[number];
        if (*leaf) {
            *leaf = 0;
            forget(LAZY + number * PAGE);
            many++;
        }
    }
    dropped += many;
    return many;
}

/* From now on this page may only be read; the next store to it faults. */
static void protect(u64 number) {
    if (number >= LAZY_PAGES)
        power_off(0x43);
    tables[current].lazy[number] &= ~(u64)(W | D);
    forget(LAZY + number * PAGE);
}

static void __attribute__((noreturn)) finish(u64 rounds) {
    u64 each = TASKS * rounds;
    if (calls != each * NOTHING_CALLS)
        power_off(0x50);
    if (filled != each * LAZY_PAGES || copied != each * (LAZY_PAGES + PROTECTED))
        power_off(0x51);
    if (dropped != each * LAZY_PAGES)
        power_off(0x52);
    /* One switch a turn that was given away, and one for the end of the first task. */
    power_off(switches == each * TURNS + 1 ? 0 : 0x53);
}

/* Every trap from U. It always goes on in U, in this task or in the other one. */
void __attribute__((noreturn)) kernel_trap(struct frame *user) {
    u64 cause = csr_read(scause);
    if (cause == ECALL_FROM_U) {
        user->pc += 4;
        switch (user->x[A7]) {
        case CALL_NOTHING:
            calls++;
            user->x[A0] += user->x[A1];
            break;
        case CALL_TURN:
            next_task();
            break;
        case CALL_DROP:
            user->x[A0] = drop();
            break;
        case CALL_PROTECT:
            protect(user->x[A0]);
            break;
        case CALL_EXIT:
            if (user->x[A0])
                power_off(user->x[A0]);
            tasks[current].ended = 1;
            next_task();
            if (tasks[current].ended)
                finish(user->x[A1]);
            break;
        default:
            power_off(0x44);
        }
    } else if (cause == LOAD_PAGE_FAULT || cause == STORE_PAGE_FAULT) {
        fill(csr_read(stval), cause == STORE_PAGE_FAULT);
    } else {
        power_off(cause + 1);
    }
    user_enter(&tasks[current].frame);
}
