/* The front ends of split drivers: requests go into a page that the monitor sees, too. */
#include "../kernel.h"

void console_put(const u8 *bytes, u64 length) {
    while (length) {
        u32 given = CONSOLE->out_given, room = OUT_BYTES - (given - CONSOLE->out_taken);
        while (length && room--) {
            CONSOLE->out[given++ % OUT_BYTES] = *bytes++;
            length--;
        }
        CONSOLE->out_given = given;
        hypercall(CALL_NOTIFY, EVENT_CONSOLE, 0);
    }
}

int console_get(void) {
    u32 taken = CONSOLE->in_taken;
    if (taken == CONSOLE->in_given)
        return -1;
    int byte = CONSOLE->in[taken % IN_BYTES];
    CONSOLE->in_taken = taken + 1;
    return byte;
}

int block_read(u64 sector, u8 *to) {
    u32 given = BLOCK->given, slot = given % SLOTS;
    BLOCK->slots[slot].operation = BLOCK_READ;
    BLOCK->slots[slot].id = given;
    BLOCK->slots[slot].sector = sector;
    BLOCK->slots[slot].address = (u64)to;
    asm volatile("fence rw, rw" ::: "memory"); /* the request before its announcement */
    BLOCK->given = given + 1;
    hypercall(CALL_NOTIFY, EVENT_BLOCK, 0);
    while (BLOCK->answered != given + 1)
        hypercall(CALL_BLOCK, 0, 0);
    return BLOCK->slots[slot].status == 0 ? 0 : -1;
}
