/* sieve: the sieve of Eratosthenes over a byte for each number below 16384.
 *
 * A store with a stride in an inner loop of three instructions, and a scan: what compilers make of
 * the simplest loops. Four pages of data, all of U.
 */
#include "bench.h"

#define BOUND 16384u
#define PRIMES 1900  /* below BOUND: pi(2^14), OEIS A007053 */
#define LARGEST 16381 /* the largest of them */

static u8 composite[BOUND];

static APART void clear(void) {
    for (u32 n = 0; n < BOUND; n++)
        composite[n] = 0;
}

static APART void cross_out(void) {
    for (u32 p = 2; p * p < BOUND; p++)
        if (!composite[p])
            for (u32 multiple = p * p; multiple < BOUND; multiple += p)
                composite[multiple] = 1;
}

int one_round(void) {
    u32 count = 0, largest = 0;
    clear();
    cross_out();
    for (u32 n = 2; n < BOUND; n++)
        if (!composite[n]) {
            count++;
            largest = n;
        }
    if (count != PRIMES)
        return 1;
    return largest == LARGEST ? 0 : 2;
}
