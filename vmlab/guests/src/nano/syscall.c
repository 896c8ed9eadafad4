/* System calls: what a process asks for by its registers becomes a call of the part that does it. */
#include "kernel.h"

static long sys_getpid(const u64 *a) {
    (void)a;
    return current->pid;
}

/* Page by page, from where the bytes are: nothing is copied. */
static long sys_write(const u64 *a) {
    u64 va = a[0], left = a[1];
    while (left) {
        u64 piece = PAGE - va % PAGE;
        if (piece > left)
            piece = left;
        u8 *bytes = user_bytes(&current->space, va, PTE_R);
        if (!bytes)
            return -1;
        console_put(bytes, piece);
        va += piece;
        left -= piece;
    }
    return (long)a[1];
}

static long sys_read(const u64 *a) {
    u64 count = 0;
    while (count < a[1]) {
        u8 *to = user_bytes(&current->space, a[0] + count, PTE_W);
        if (!to)
            return -1;
        int byte = console_get();
        if (byte < 0)
            break;
        *to = (u8)byte;
        count++;
    }
    if (!count && a[1])
        process_block(READING);
    return (long)count;
}

static long sys_fork(const u64 *a) {
    (void)a;
    return process_fork();
}

static long sys_exec(const u64 *a) {
    char line[LINE_BYTES];
    for (u64 length = 0; length < sizeof line; length++) {
        const u8 *byte = user_bytes(&current->space, a[0] + length, PTE_R);
        if (!byte)
            return -1;
        line[length] = (char)*byte;
        if (!*byte)
            return process_exec(line);
    }
    return -1;
}

static long sys_wait(const u64 *a) { return process_wait(a[0]); }

static long sys_exit(const u64 *a) {
    process_exit((long)a[0]);
    return 0;
}

static long sys_yield(const u64 *a) {
    (void)a;
    schedule();
    return 0;
}

static long sys_sleep(const u64 *a) {
    if (!current->wake_at)
        current->wake_at = ticks_from_now(a[0]);
    if (time_now() < current->wake_at)
        process_block(SLEEPING);
    else
        current->wake_at = 0;
    return 0;
}

/* Behind all that is mapped; in a level-0 table of its own. */
static long sys_mmap(const u64 *a) {
    u64 start = MAP_BASE, bytes = (a[0] + PAGE - 1) & ~(PAGE - 1), stride = 512 * PAGE;
    for (struct area *area = current->space.areas; area < &current->space.areas[AREAS]; area++)
        if (area->rights && area->start >= MAP_BASE && area->start < STACK_TOP - STACK_BYTES &&
            area->end > start)
            start = (area->end + stride - 1) & ~(stride - 1);
    if (!bytes || bytes > STACK_TOP || start + bytes > STACK_TOP - STACK_BYTES)
        return -1;
    return area_add(&current->space, start, start + bytes, PTE_R | PTE_W, 0) ? (long)start : -1;
}

static long sys_munmap(const u64 *a) {
    for (struct area *area = current->space.areas; area < &current->space.areas[AREAS]; area++)
        if (area->rights && area->start == a[0] && area->start >= MAP_BASE &&
            area->end != STACK_TOP) {
            area->rights = 0;
            space_unmap(&current->space, area->start, area->end);
            return 0;
        }
    return -1;
}

static long sys_blk_read(const u64 *a) {
    static u8 sector[SECTOR_BYTES];
    if (block_read(a[0], sector))
        return -1;
    return copy_out(&current->space, a[1], sector, sizeof sector) ? 0 : -1;
}

static long sys_time(const u64 *a) {
    (void)a;
    return (long)time_now();
}

static long sys_catch(const u64 *a) {
    current->catching = a[0] != 0;
    return 0;
}

static long sys_selfsum(const u64 *a) {
    u64 sum = 0;
    (void)a;
    for (const u32 *word = (u32 *)kernel_text; word < (u32 *)kernel_text_end; word++)
        sum += *word;
    return (long)sum;
}

static long sys_probe(const u64 *a) {
    if (a[0] == PROBE_PANIC)
        return *(volatile long *)(1ul << 32); /* no entry maps it, and nobody expects it */
    return a[0] < PROBE_PANIC ? probe(a[0]) : -1;
}

static long sys_mark(const u64 *a) { return mark(a[0]); }
static long sys_bench(const u64 *a) { return bench(a[0], a[1]); }

static long (*const calls[SYSTEM_CALLS])(const u64 *arguments) = {
    [SYS_GETPID] = sys_getpid, [SYS_WRITE] = sys_write,   [SYS_READ] = sys_read,
    [SYS_FORK] = sys_fork,     [SYS_EXEC] = sys_exec,     [SYS_WAIT] = sys_wait,
    [SYS_EXIT] = sys_exit,     [SYS_YIELD] = sys_yield,   [SYS_SLEEP] = sys_sleep,
    [SYS_MMAP] = sys_mmap,     [SYS_MUNMAP] = sys_munmap, [SYS_BLK_READ] = sys_blk_read,
    [SYS_TIME] = sys_time,     [SYS_CATCH] = sys_catch,   [SYS_SELFSUM] = sys_selfsum,
    [SYS_PROBE] = sys_probe,   [SYS_MARK] = sys_mark,     [SYS_BENCH] = sys_bench,
};

u64 system_call(const u64 *x) {
    u64 number = x[A7];
    return (u64)(number < SYSTEM_CALLS ? calls[number](&x[A0]) : -1);
}
