/* What a benchmark is made of: a round, done as often as `rounds` says.
 *
 * Every round does the same work to the instruction, from data that it makes anew: so the number of
 * instructions of a run is a + b * rounds, and who knows it for 1 and 2 knows it for all. A round
 * checks its own result; a wrong one ends the guest as failed, with the number of the check.
 */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef short s16;
typedef int s32;
typedef long long s64;

/* Not inlined: the compiler must not move work of a round out of the loop around it. */
#define APART __attribute__((noinline))

/* One round. 0 for a right result, else the number of the check that failed. */
int one_round(void);

/* The same numbers everywhere and for ever (Marsaglia's xorshift64). */
static inline u64 next_random(u64 *state) {
    u64 x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}
