/* Level u: beside each root a second one, which has the process's part and no kernel. */
#include "../../kernel.h"

static pte_t user_roots[PROCESSES][512] __attribute__((aligned(4096)));
static const pte_t *roots[PROCESSES]; /* whose each is, or 0 */

static u64 number_of(const pte_t *root) {
    for (u64 i = 0; i < PROCESSES; i++)
        if (roots[i] == root)
            return i;
    panic("no user's root is left");
}

void show_user_root(const pte_t *root) {
    operate(OP_USER_ROOT, machine_address(user_roots[number_of(root)]), 0);
}

void user_root_make(const pte_t *root) {
    pte_t *own = user_roots[number_of(0)];
    roots[number_of(0)] = root;
    table_begin(own, 2);
}

/* The process's part went before. */
void user_root_drop(const pte_t *root) {
    u64 number = number_of(root);
    roots[number] = 0;
    table_end(user_roots[number]);
}

pte_t *user_root_slot(const pte_t *slot) {
    const pte_t *table = (const pte_t *)((u64)slot & ~(PAGE - 1));
    for (u64 i = 0; i < PROCESSES; i++)
        if (roots[i] == table)
            return &user_roots[i][slot - table];
    return 0;
}
