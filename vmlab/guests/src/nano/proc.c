/* Processes: how they begin, whose turn it is, and how they end.
 *
 * The first one runs what the boot command says; the machine ends with it. A process that has to
 * wait for something steps back to its ecall, and does it again when it is woken.
 */
#include "kernel.h"

#define USER_ALIGN(symbol) (((u64)(symbol) + PAGE - 1) & ~(PAGE - 1))

struct process *current;
/* For whoever watches from outside (vmlab/vmm/laws/userview.py): where a process keeps its pc, the
 * root of its space, and its number. */
const u64 process_places[] = {
    __builtin_offsetof(struct process, frame.pc),
    __builtin_offsetof(struct process, space.root),
    __builtin_offsetof(struct process, pid),
};
static struct process table[PROCESSES];
static struct process *const init = &table[0], *const end = &table[PROCESSES];
static long last_pid;
static u64 pages_at_start;

static struct process *new_process(void) {
    for (struct process *process = table; process < end; process++) {
        if (process->state != FREE)
            continue;
        if (!space_make(&process->space, (u64)(process - table) + 1))
            return 0;
        process->pid = ++last_pid;
        process->catching = 0;
        process->wake_at = 0;
        return process;
    }
    return 0;
}

static void free_process(struct process *process) {
    space_free(&process->space);
    process->state = FREE;
}

void process_start(const char *command) {
    pages_at_start = pages_free();
    current = new_process();
    current->state = READY;
    long argument = process_exec(command);
    if (argument < 0)
        panic("expected a program that nano has, found %s", command);
    current->frame.x[A0] = (u64)argument;
    space_enter(current->space.root, current->space.asid);
}

long process_fork(void) {
    struct process *child = new_process();
    if (!child)
        return -1;
    if (!space_copy(&child->space, &current->space)) {
        free_process(child);
        return -1;
    }
    child->frame = current->frame;
    child->frame.x[A0] = 0;
    child->catching = current->catching;
    child->parent = current;
    child->state = READY;
    return child->pid;
}

/* The program that the first word of a line names, with the rest of the line as its argument: where
 * its copy is, in a0. -1 if there is none, and the process goes on as it was. */
long process_exec(const char *line) {
    char name[LINE_BYTES];
    u64 length = 0, rest = 0;
    while (line[length] && line[length] != ' ')
        name[length] = line[length], length++;
    name[length] = 0;
    u64 entry = program_entry(name);
    if (!entry)
        return -1;
    while (line[length] == ' ')
        length++;
    while (line[length + rest])
        rest++;

    struct space *space = &current->space;
    u64 argument = STACK_TOP - LINE_BYTES;
    u64 text_end = USER_ALIGN(user_text_end), data = (u64)user_data;
    u64 data_end = USER_ALIGN(user_data_end), bss_end = USER_ALIGN(user_bss_end);
    space_clear(space);
    area_add(space, USER_BASE, text_end, PTE_R | PTE_X, user_text_pa);
    if (data < data_end)
        area_add(space, data, data_end, PTE_R | PTE_W, user_data_pa);
    if (data_end < bss_end)
        area_add(space, data_end, bss_end, PTE_R | PTE_W, 0);
    area_add(space, STACK_TOP - STACK_BYTES, STACK_TOP, PTE_R | PTE_W, 0);
    if (!copy_out(space, argument, line + length, rest + 1)) {
        process_exit(-1); /* no memory, and the old program is gone */
        return -1;
    }
    memset(&current->frame, 0, sizeof current->frame);
    current->frame.pc = USER_BASE;
    current->frame.x[SP] = argument;
    current->frame.x[A1] = entry;
    current->catching = 0;
    return (long)argument;
}

long process_wait(u64 status_va) {
    int children = 0;
    for (struct process *child = table; child < end; child++) {
        if (child->state == FREE || child->parent != current)
            continue;
        children++;
        if (child->state != ZOMBIE)
            continue;
        if (!copy_out(&current->space, status_va, &child->status, sizeof child->status))
            return -1;
        free_process(child);
        return child->pid;
    }
    if (!children)
        return -1;
    process_block(WAITING);
    return 0;
}

/* The machine ends. If nobody else is left, all pages must have come back but those of the root. */
static void __attribute__((noreturn)) last_words(long status) {
    for (struct process *process = table + 1; process < end; process++)
        if (process->state != FREE)
            free_process(process);
    space_clear(&init->space);
    if (pages_free() + 1 != pages_at_start)
        panic("%ld pages are lost", (long)(pages_at_start - pages_free() - 1));
    print("nano: the end, status %ld\n", status);
    power_off(status != 0);
}

void process_exit(long status) {
    if (current == init)
        last_words(status);
    for (struct process *child = table; child < end; child++)
        if (child->state != FREE && child->parent == current)
            child->parent = init;
    space_clear(&current->space); /* the root stays: the hart is in it */
    current->status = status;
    current->state = ZOMBIE;
    for (struct process *process = table; process < end; process++)
        if (process->state == WAITING && (process == current->parent || process == init))
            process->state = READY;
}

void process_block(enum state state) {
    current->frame.pc -= 4;
    current->state = state;
}

void wake(enum state state, u64 now) {
    for (struct process *process = table; process < end; process++)
        if (process->state == state && process->wake_at <= now)
            process->state = READY;
}

/* The next one's turn; if there is none, wait for one. */
void schedule(void) {
    struct process *next = current;
    for (;;) {
        for (int tried = 0; tried < PROCESSES; tried++) {
            next = next + 1 < end ? next + 1 : table;
            if (next->state != READY)
                continue;
            if (next != current)
                space_enter(next->space.root, next->space.asid);
            current = next;
            /* Whatever the last process had reserved (lr), this one must not complete (sc). */
            asm volatile("sc.d zero, zero, (%0)" ::"r"(&current->frame) : "memory");
            return;
        }
        idle();
        tick();
    }
}
