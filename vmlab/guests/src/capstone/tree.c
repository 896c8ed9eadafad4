#include "tree.h"
#include "gstage.h"
#include "power.h"

/* A flattened tree is a list of big-endian words (Devicetree Specification, chapter 5). What the guest
 * has not is left out, and the words behind it move up. */
enum token { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9 };
enum { MAGIC = 0, SIZE = 1, STRUCTURE = 2, STRINGS = 3, STRUCTURE_BYTES = 9 }; /* words of the header */
#define MAGIC_WORD 0xd00dfeedu

static u32 tree[TREE_BYTES / 4];
static u32 *memory; /* the two cells of the guest's RAM size in it */

static u32 swapped(u32 word) { return __builtin_bswap32(word); }

static int begins(const char *text, const char *with) {
    while (*with && *text == *with)
        text++, with++;
    return !*with;
}

static u32 words(u64 bytes) { return (u32)((bytes + 3) / 4); }

static u32 length(const char *text) {
    u32 bytes = 0;
    while (text[bytes])
        bytes++;
    return bytes;
}

/* The guest has a CPU, RAM, a command line and a UART; in the tree, depth 2 stands below the root. */
static int has(u32 depth, int in_soc, const char *name) {
    if (depth == 2)
        return begins(name, "cpus") || begins(name, "memory@") || begins(name, "chosen") ||
               begins(name, "soc");
    return depth != 3 || !in_soc || begins(name, "serial@") || begins(name, "ns16550@");
}

u64 tree_read(const void *host) {
    const u32 *header = host;
    if (!header || swapped(header[MAGIC]) != MAGIC_WORD || swapped(header[SIZE]) > TREE_BYTES)
        give_up("expected a device tree of at most 16 KiB, found none at", (u64)host);
    for (u32 at = 0; at < words(swapped(header[SIZE])); at++)
        tree[at] = header[at];

    const char *strings = (const char *)tree + swapped(tree[STRINGS]);
    u32 *const structure = tree + swapped(tree[STRUCTURE]) / 4, *at = structure, *to = structure;
    u32 depth = 0, left_out = 0; /* the depth of a node that is, with all that is in it */
    int in_memory = 0, in_soc = 0;
    for (u32 token; (token = swapped(*at)) != END;) {
        u32 *first = at++;
        if (token == BEGIN_NODE) {
            const char *name = (const char *)at;
            at += words(length(name) + 1);
            depth++;
            if (depth == 2) {
                in_memory = begins(name, "memory@");
                in_soc = begins(name, "soc");
            }
            if (!left_out && !has(depth, in_soc, name))
                left_out = depth;
        } else if (token == PROP) {
            u32 bytes = swapped(at[0]);
            const char *name = strings + swapped(at[1]);
            if (in_memory && length(name) == 3 && begins(name, "reg"))
                memory = to + (at + 4 - first); /* at + 2: two cells of base, two of size */
            at += 2 + words(bytes);
        }
        for (; first < at; first++)
            if (!left_out)
                *to++ = *first;
        if (token == END_NODE && depth-- == left_out)
            left_out = 0;
    }
    *to++ = swapped(END);
    tree[STRUCTURE_BYTES] = swapped((u32)((u8 *)to - (u8 *)structure));
    if (!memory)
        give_up("expected a memory node in the device tree, found none at", (u64)host);
    return (u64)swapped(memory[0]) << 32 | swapped(memory[1]);
}

u64 tree_give(struct vm *vm) {
    u64 place = vm->ram_end - TREE_BYTES, bytes = vm->ram_end - GUEST_RAM;
    memory[0] = swapped((u32)(bytes >> 32));
    memory[1] = swapped((u32)bytes);
    for (u64 offset = 0; offset < TREE_BYTES; offset += PAGE_BYTES) {
        u64 *page = (u64 *)gstage_byte(vm, place + offset);
        for (u64 at = 0; at < PAGE_BYTES / sizeof *page; at++)
            page[at] = ((u64 *)tree)[offset / sizeof *page + at];
    }
    return place;
}
