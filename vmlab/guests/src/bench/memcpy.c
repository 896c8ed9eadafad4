/* memcpy: 32 KiB are copied by doublewords, eight a turn, and then byte by byte.
 *
 * Nothing but loads and stores, over sixteen pages of U: what a machine's memory access costs. The
 * check is a sum of the copy that depends on the order, against the same sum of the original.
 */
#include "bench.h"

#define BYTES 32768u
#define WORDS (BYTES / 8)
#define COPIES 8

static u64 from[WORDS], to[WORDS];

static APART void fill(u64 state) {
    for (u32 i = 0; i < WORDS; i++) {
        from[i] = next_random(&state);
        to[i] = 0;
    }
}

static APART void copy_words(u64 *d, const u64 *s, u64 words) {
    for (const u64 *end = s + words; s < end; s += 8, d += 8) {
        u64 w0 = s[0], w1 = s[1], w2 = s[2], w3 = s[3];
        u64 w4 = s[4], w5 = s[5], w6 = s[6], w7 = s[7];
        d[0] = w0, d[1] = w1, d[2] = w2, d[3] = w3;
        d[4] = w4, d[5] = w5, d[6] = w6, d[7] = w7;
    }
}

static APART void copy_bytes(u8 *d, const u8 *s, u64 bytes) {
    while (bytes--)
        *d++ = *s++;
}

static APART u64 sum(const u64 *words) {
    u64 total = 0;
    for (u32 i = 0; i < WORDS; i++)
        total = total * 31 + words[i];
    return total;
}

int one_round(void) {
    fill(1);
    for (u32 i = 0; i < COPIES; i++)
        copy_words(to, from, WORDS);
    if (sum(to) != sum(from))
        return 1;
    fill(2);
    copy_bytes((u8 *)to, (const u8 *)from, BYTES);
    return sum(to) == sum(from) ? 0 : 2;
}
