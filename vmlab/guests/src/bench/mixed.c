/* mixed: what programs do between their loops: a hash table, sorting, strings, indirect calls.
 *
 * Words are made up, put into a table by their FNV-1a hash (open addressing) and counted there; the
 * table's entries are sorted by a comparison that is called through a pointer (Shell's method), and
 * a small machine of eight operations, called through a table of functions, runs over the result.
 * Branches are hard to foresee and jumps are indirect: the opposite of the loops of the others.
 */
#include "bench.h"

#define MADE 400    /* words in the text */
#define SLOTS 512u  /* of the hash table, a power of two */
#define LENGTH 8    /* letters of a word at most, and a zero */
#define PROGRAM 512 /* operations of the small machine */

/* What the program gives that is compiled for another machine (tests/unit/guests/test_bench.py). */
#define RESULT 0x327c0c1ef45b52d9ull

struct word {
    char text[LENGTH];
    u32 count;
    u32 hash;
};

static struct word table[SLOTS];
static struct word *sorted[SLOTS];

static u32 hash_of(const char *text) {
    u32 hash = 0x811c9dc5;
    for (; *text; text++)
        hash = (hash ^ (u8)*text) * 0x01000193;
    return hash;
}

static APART int compare(const char *left, const char *right) {
    while (*left && *left == *right)
        left++, right++;
    return (u8)*left - (u8)*right;
}

static APART void copy(char *to, const char *from) {
    while ((*to++ = *from++))
        ;
}

/* A word of two to seven letters out of six, so that many come again. */
static APART void make_word(char *text, u64 *state) {
    u64 bits = next_random(state);
    u32 length = 2 + (bits & 1) + (bits >> 1 & 1) * (bits >> 2 & 3);
    for (u32 i = 0; i < length; i++) {
        bits = bits >> 3 ^ bits << 9;
        *text++ = (char)('a' + bits % 6);
    }
    *text = 0;
}

static APART void count_word(const char *text) {
    u32 hash = hash_of(text), at = hash & (SLOTS - 1);
    while (table[at].count && (table[at].hash != hash || compare(table[at].text, text)))
        at = (at + 1) & (SLOTS - 1);
    if (!table[at].count) {
        copy(table[at].text, text);
        table[at].hash = hash;
    }
    table[at].count++;
}

static int by_text(const struct word *a, const struct word *b) { return compare(a->text, b->text); }

static int by_count(const struct word *a, const struct word *b) {
    return a->count != b->count ? (s32)(b->count - a->count) : by_text(a, b);
}

static APART void sort(u32 many, int (*order)(const struct word *, const struct word *)) {
    static const u32 gaps[] = {301, 132, 57, 23, 10, 4, 1};
    for (u32 g = 0; g < sizeof gaps / sizeof *gaps; g++)
        for (u32 i = gaps[g]; i < many; i++) {
            struct word *moving = sorted[i];
            u32 at = i;
            for (; at >= gaps[g] && order(sorted[at - gaps[g]], moving) > 0; at -= gaps[g])
                sorted[at] = sorted[at - gaps[g]];
            sorted[at] = moving;
        }
}

static u64 op_add(u64 a, u64 w) { return a + w; }
static u64 op_sub(u64 a, u64 w) { return a - (w << 3); }
static u64 op_xor(u64 a, u64 w) { return a ^ w << 17; }
static u64 op_mul(u64 a, u64 w) { return a * (w | 1); }
static u64 op_rot(u64 a, u64 w) { return a << (w & 63) | a >> (-w & 63); }
static u64 op_not(u64 a, u64 w) { return ~a + w; }
static u64 op_div(u64 a, u64 w) { return a / (w | 1) + (a << 32); }
static u64 op_mix(u64 a, u64 w) { return (a ^ a >> 29) * 0xbf58476d1ce4e5b9 + w; }

static u64 (*const operations[])(u64, u64) = {op_add, op_sub, op_xor, op_mul,
                                              op_rot, op_not, op_div, op_mix};

static APART u64 run(u64 accumulator, u32 many) {
    for (u32 i = 0; i < PROGRAM; i++) {
        const struct word *word = sorted[i % many];
        u64 operand = word->hash + word->count;
        accumulator = operations[(accumulator ^ operand) >> 3 & 7](accumulator, operand);
    }
    return accumulator;
}

int one_round(void) {
    u64 state = 0x2545f4914f6cdd1d;
    char text[LENGTH];
    u32 many = 0, words = 0;
    for (u32 i = 0; i < SLOTS; i++)
        table[i].count = 0;
    for (u32 i = 0; i < MADE; i++) {
        make_word(text, &state);
        count_word(text);
    }
    for (u32 i = 0; i < SLOTS; i++)
        if (table[i].count) {
            sorted[many++] = &table[i];
            words += table[i].count;
        }
    if (words != MADE)
        return 1;
    sort(many, by_text);
    for (u32 i = 1; i < many; i++)
        if (by_text(sorted[i - 1], sorted[i]) >= 0)
            return 2;
    u64 result = run(words, many);
    sort(many, by_count);
    for (u32 i = 1; i < many; i++)
        if (sorted[i - 1]->count < sorted[i]->count)
            return 3;
    return run(result, many) == RESULT ? 0 : 4;
}
