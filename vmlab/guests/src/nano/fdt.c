/* The device tree, as far as nano cares: how much memory there is, and what to run.
 *
 * It is a list of big-endian words (Devicetree Specification 0.4, chapter 5): a node begins with
 * its name, a property has a length and a name's place in a table of strings.
 */
#include "kernel.h"

enum { MAGIC = 0xd00dfeed, BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOP = 4 };
#define DEFAULT_RAM_BYTES (16ul << 20)
#define DEFAULT_COMMAND "sh"

static u64 big(const u8 *at, int bytes) {
    u64 value = 0;
    while (bytes--)
        value = value << 8 | *at++;
    return value;
}
static u32 word(const u8 *at) { return (u32)big(at, 4); }

static int begins(const char *text, const char *with) {
    while (*with)
        if (*text++ != *with++)
            return 0;
    return 1;
}

static const u8 *after(const u8 *at, u64 bytes) { return at + ((bytes + 3) & ~3ul); }

static void set_command(struct boot_facts *facts, const char *text) {
    u64 length = 0;
    while (length < LINE_BYTES - 1 && text[length]) {
        facts->command[length] = text[length];
        length++;
    }
    facts->command[length] = 0;
}

void fdt_read(const u8 *tree, struct boot_facts *facts) {
    facts->ram_bytes = DEFAULT_RAM_BYTES;
    set_command(facts, DEFAULT_COMMAND);
    if (!tree || word(tree) != MAGIC)
        return;
    const char *strings = (const char *)tree + word(tree + 12);
    const char *node = "";
    int depth = 0;
    for (const u8 *at = tree + word(tree + 8);;) {
        u32 token = word(at);
        at += 4;
        if (token == BEGIN_NODE) {
            u64 length = 1;
            node = (const char *)at;
            while (at[length - 1])
                length++;
            at = after(at, length);
            depth++;
        } else if (token == END_NODE) {
            node = "";
            depth--;
        } else if (token == PROPERTY) {
            const char *name = strings + word(at + 4);
            u32 length = word(at);
            at += 8;
            if (depth == 2 && begins(node, "memory@") && begins(name, "reg") && length >= 16 &&
                big(at, 8) == RAM_BASE)
                facts->ram_bytes = big(at + 8, 8);
            if (depth == 2 && begins(node, "chosen") && begins(name, "bootargs") && *at)
                set_command(facts, (const char *)at);
            at = after(at, length);
        } else if (token != NOP) { /* the end, or nothing that we know */
            break;
        }
    }
    if (facts->ram_bytes > RAM_MOST_BYTES)
        facts->ram_bytes = RAM_MOST_BYTES;
}
