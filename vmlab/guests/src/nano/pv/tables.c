/* Page tables by operations, which the monitor checks (hypervisor.h).
 *
 * A page that is a table can not be written, not even through the kernel's own map of memory: its
 * entry there loses W before the page becomes a table, and gets it back afterwards. What is set
 * waits in a batch until somebody has to see it: the walker, or a reader of that entry.
 */
#include "../kernel.h"

enum { MOST = 1024 };

struct operation operations[MOST];
/* level_u/level.h knows that these two stand together. */
struct {
    u64 waiting;
    u64 touched; /* a bit for each 64th entry: that one may be waiting */
} operations_waiting;

void __attribute__((noreturn)) operation_refused(u64 error, u64 done) {
    panic("operation %lu of a batch was refused: error %ld, address 0x%lx, value 0x%lx", done,
          (long)error, operations[done % MOST].address, operations[done % MOST].value);
}

void operate_all(void) {
    u64 count = operations_waiting.waiting;
    operations_waiting.waiting = operations_waiting.touched = 0;
    if (!count)
        return;
    struct answer answer = hypercall(CALL_MMU, (u64)operations, count);
    if (answer.error)
        operation_refused((u64)answer.error, answer.value);
}

void operate(enum op op, u64 address, u64 value) {
    if (operations_waiting.waiting == MOST)
        operate_all();
    operations[operations_waiting.waiting++] = (struct operation){address | op, value};
}

static u64 bit_of(const pte_t *slot) { return 1ul << ((u64)slot / sizeof *slot % 64); }

static void write(pte_t *slot, pte_t pte) {
    operate(OP_WRITE, machine_address(slot), pte);
    operations_waiting.touched |= bit_of(slot);
}

/* What a store would have left there. */
pte_t pte_get(const pte_t *slot) {
    if (operations_waiting.touched & bit_of(slot))
        operate_all();
    return *(const volatile pte_t *)slot;
}

/* The kernel's own map of one of its pages: may it be written there? */
static void make_writable(const void *page, int writable) {
    u64 flags = PTE_KERNEL_MAP | PTE_R | PTE_X | PTE_A | (writable ? PTE_W | PTE_D : 0);
    operate(OP_WRITE_VA, (u64)page & ~(PAGE - 1), pte_make(frame_of(page), flags));
}

/* A table that no other names any more: it and those below become pages like any other. */
static void tables_drop(const pte_t *table, int level) {
    for (int i = 0; level > 0 && i < 512; i++)
        if (pte_is_table(table[i]))
            tables_drop(va_of(pte_frame(table[i])), level - 1);
    make_writable(table, 1);
}

/* A page of entries that are right becomes a table, and stays one; and the other way. */
void table_begin(const pte_t *page, int level) {
    make_writable(page, 0);
    operate(OP_PIN, machine_address(page), (u64)level);
}
void table_end(const pte_t *table) {
    operate(OP_UNPIN, machine_address(table), 0);
    make_writable(table, 1);
}

static int is_root(const pte_t *table) { return table[511] == SHARED->window_entry; }

void pte_set(pte_t *slot, pte_t pte) {
    pte_t old = *(const volatile pte_t *)slot; /* nothing that names a table ever waits */
    if (!pte_is_table(pte) && !pte_is_table(old)) {
        write(slot, pte);
        return;
    }
    pte_t *table = (pte_t *)((u64)slot & ~(PAGE - 1)), *user = user_root_slot(slot);
    if (pte_is_table(pte))
        make_writable(va_of(pte_frame(pte)), 0);
    write(slot, pte);
    if (user)
        write(user, pte);
    if (pte_is_table(old))
        tables_drop(va_of(pte_frame(old)), is_root(table) ? 1 : 0);
    operate_all();
}

void root_make(pte_t *root) {
    root[pte_index(RAM_BASE, 2)] = SHARED->ram_entry;
    root[511] = SHARED->window_entry;
    table_begin(root, 2);
    user_root_make(root);
    operate_all();
}

void root_drop(pte_t *root) {
    user_root_drop(root);
    table_end(root);
    operate_all();
}
