/* What the parts of the kernel know of each other. Each file says more about itself. */
#pragma once

#include "abi.h"
#include "platform.h" /* of the folder that this build is for */
#include "riscv.h"

/* What a trap from U saves and the return to U restores (start.S). */
struct frame {
    u64 x[32]; /* x[0] is never used */
    u64 pc;
};

/* Some pages of a process's space: what may be done there, and what is there at first. */
struct area {
    u64 start, end;
    u64 rights;  /* of PTE_R, PTE_W, PTE_X; 0 for an area that is not in use */
    char *image; /* pages of the kernel's image, else 0: pages of zeros */
};
enum { AREAS = 10 };

/* An address space: see vm.c. */
struct space {
    pte_t *root;
    u64 asid;
    struct area areas[AREAS];
};

enum state { FREE, READY, SLEEPING, READING, WAITING, ZOMBIE };

/* A process. Only one of them runs, and the kernel never runs two of their calls at once. */
struct process {
    struct frame frame; /* first: a trap saves here, and sscratch points here */
    struct space space;
    enum state state;
    long pid, status;
    struct process *parent;
    u64 wake_at; /* while it sleeps */
    int catching; /* SYS_CATCH */
};
enum { PROCESSES = 16 };

/* start.S */
void trap_entry(void);
void resume(struct frame *frame) __attribute__((noreturn));

/* From the linker script. */
extern char kernel_text[], kernel_text_end[], kernel_end[];
extern char user_text[], user_text_end[], user_data[], user_data_end[], user_bss_end[];
extern char user_text_pa[], user_data_pa[];

/* fdt.c: what the device tree says. */
struct boot_facts {
    u64 ram_bytes;
    char command[LINE_BYTES];
};
void fdt_read(const u8 *tree, struct boot_facts *facts);

/* page.c */
void pages_start(u64 ram_bytes);
void *page_new(void);             /* its content is anything; 0 when there is none */
void *page_zeroed(void);
void page_share(void *page);      /* one more holds it */
void page_drop(void *page);       /* one fewer does; the last one frees it */
u64 page_holders(const void *page);
u64 pages_free(void);

/* vm.c */
int space_make(struct space *space, u64 asid);
void space_free(struct space *space);
void space_clear(struct space *space); /* all of it goes but the kernel's part */
int space_copy(struct space *to, struct space *from);
int area_add(struct space *space, u64 start, u64 end, u64 rights, char *image);
void space_unmap(struct space *space, u64 va, u64 end);
pte_t *leaf_slot(struct space *space, u64 va, int make);
int page_fault(struct space *space, u64 va, u64 right);
u8 *user_bytes(struct space *space, u64 va, u64 right); /* where the kernel sees a user's byte */
int copy_out(struct space *space, u64 va, const void *from, u64 length);

/* proc.c */
extern struct process *current;
void process_start(const char *command);
long process_fork(void);
long process_exec(const char *line);
long process_wait(u64 status_va);
void process_exit(long status);
void process_block(enum state state); /* the call is done anew when it is woken */
void wake(enum state state, u64 now);
void schedule(void);

/* syscall.c, bench.c */
u64 system_call(const u64 *arguments);
long mark(u64 end);
long bench(u64 number, u64 times);

/* trap.c */
extern int kernel_may_fault;

/* timer.c */
void timer_resume(void);
void timer_pause(void);
int tick(void); /* 1 if it was time for one */
u64 ticks_from_now(u64 ticks);

/* programs.c: where a program begins, or 0. */
u64 program_entry(const char *name);

/* console.c, string.c */
void print(const char *form, ...) __attribute__((format(printf, 1, 2)));
void panic(const char *form, ...) __attribute__((format(printf, 1, 2), noreturn));
void *memcpy(void *to, const void *from, u64 length);
void *memset(void *to, int byte, u64 length);
