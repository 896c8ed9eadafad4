/* A kernel for one user program: page tables, two system calls, and an end for whatever else traps.
 *
 * It stands at pa 0x80000000 and maps RAM to itself, for S only; the user program stands at va
 * 0x400000, wherever its bytes were loaded. One leaf at each level, in three tables:
 *
 *     root[0] -> devices_and_user[0]    2 MiB  va 0x00000000  the finisher
 *                devices_and_user[2] -> user_leaf[0..511]     4 KiB pages from va 0x00400000, U
 *                devices_and_user[128]  2 MiB  va 0x10000000  the UART
 *     root[2]                           1 GiB  va 0x80000000  RAM
 */
typedef unsigned int u32;
typedef unsigned long u64;

#define FINISHER 0x100000ul
#define PASS 0x5555u
#define FAIL 0x3333u /* with the status in the upper half word */
#define UART 0x10000000ul
#define RAM 0x80000000ul

#define PAGE 4096ul
#define USER_BASE 0x400000ul
#define USER_STACK_TOP (USER_BASE + 512 * PAGE)

enum { V = 1, R = 2, W = 4, X = 8, U = 16, A = 64, D = 128 };
#define SATP_SV39 (8ul << 60)
#define SSTATUS_SPP (1ul << 8)
#define SSTATUS_SUM (1ul << 18)
#define ECALL_FROM_U 8

enum { SYS_WRITE = 1, SYS_EXIT = 2 };
enum { A0 = 10, A1 = 11, A7 = 17, SP = 2 };

struct frame {
    u64 x[32]; /* x[0] is never used */
    u64 pc;
};

#define csr_read(name) ({ u64 v_; asm volatile("csrr %0, " #name : "=r"(v_)); v_; })
#define csr_write(name, v) asm volatile("csrw " #name ", %0" ::"r"(v) : "memory")
#define csr_set(name, v) asm volatile("csrs " #name ", %0" ::"r"(v) : "memory")
#define csr_clear(name, v) asm volatile("csrc " #name ", %0" ::"r"(v) : "memory")

/* From the linker script: the user program's pages, where it sees them and where they are. */
extern char user_text[], user_text_end[], user_data[], user_data_end[];
extern char user_text_pa[], user_data_pa[];

void s_trap(void);
void user_enter(struct frame *frame) __attribute__((noreturn));

struct frame frame;
static u64 root[512] __attribute__((aligned(4096)));
static u64 devices_and_user[512] __attribute__((aligned(4096)));
static u64 user_leaf[512] __attribute__((aligned(4096)));
static char user_stack[PAGE] __attribute__((aligned(4096)));

static u64 entry(u64 pa, u64 flags) { return pa >> 12 << 10 | flags | V; }

static void map_user(u64 va, u64 end, u64 pa, u64 flags) {
    for (; va < end; va += PAGE, pa += PAGE)
        user_leaf[(va - USER_BASE) / PAGE] = entry(pa, flags | U | A);
}

#ifdef END_AT_TOHOST_TOO
#include "../bench/tohost.h"
#else
static void tell_the_host(u64 status) { (void)status; }
#endif

static void __attribute__((noreturn)) power_off(u64 status) {
    tell_the_host(status);
    *(volatile u32 *)FINISHER = status ? (u32)status << 16 | FAIL : PASS;
    for (;;)
        ;
}

void __attribute__((noreturn)) kernel_main(void) {
    root[0] = entry((u64)devices_and_user, 0);
    root[2] = entry(RAM, R | W | X | A | D);
    devices_and_user[0] = entry(0, R | W | A | D);
    devices_and_user[2] = entry((u64)user_leaf, 0);
    devices_and_user[128] = entry(UART, R | W | A | D);
    map_user((u64)user_text, (u64)user_text_end, (u64)user_text_pa, R | X);
    map_user((u64)user_data, (u64)user_data_end, (u64)user_data_pa, R | W | D);
    map_user(USER_STACK_TOP - PAGE, USER_STACK_TOP, (u64)user_stack, R | W | D);
    csr_write(satp, SATP_SV39 | (u64)root >> 12);
    asm volatile("sfence.vma" ::: "memory");

    csr_write(stvec, s_trap);
    csr_clear(sstatus, SSTATUS_SPP); /* sret goes to U */
    frame.pc = (u64)user_text;
    frame.x[SP] = USER_STACK_TOP;
    user_enter(&frame);
}

/* Print `length` bytes of the user's memory; refuse those that are not the user's. */
static long sys_write(u64 va, u64 length) {
    if (va < USER_BASE || va > USER_STACK_TOP || length > USER_STACK_TOP - va)
        return -1;
    csr_set(sstatus, SSTATUS_SUM); /* S may read pages of U, for as long as this takes */
    for (const char *text = (const char *)va; length; length--)
        *(volatile char *)UART = *text++;
    csr_clear(sstatus, SSTATUS_SUM);
    return 0;
}

/* Every trap from U. What is not a system call ends the program, with cause + 1 as its status. */
void kernel_trap(struct frame *user) {
    u64 cause = csr_read(scause);
    if (cause != ECALL_FROM_U)
        power_off(cause + 1);
    user->pc += 4; /* sepc is the ecall itself: go on behind it */
    if (user->x[A7] == SYS_WRITE)
        user->x[A0] = (u64)sys_write(user->x[A0], user->x[A1]);
    else if (user->x[A7] == SYS_EXIT)
        power_off(user->x[A0]);
    else
        user->x[A0] = (u64)-1;
}
