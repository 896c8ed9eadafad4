/* primes: the sieve of Eratosthenes, in U under the kernel beside it (../runtime).
 *
 * Nearly all of its instructions run in U and touch nothing privileged; it enters the kernel once
 * a printed line. Its array covers 49 pages, so the translation of addresses has something to do.
 * This is the other end of the scale from `tour`: a program that a virtual machine should hardly
 * slow down at all.
 */
#include "../runtime/user.h"

#define BOUND 200000u
#define STRIPE 20000u
#define EXPECTED 17984u /* how many primes there are below BOUND */

static unsigned char composite[BOUND];

static char line[128];
static unsigned length;

static void put(const char *text) {
    while (*text)
        line[length++] = *text++;
}

/* A number, right-aligned in `width` columns. */
static void put_number(unsigned value, unsigned width) {
    char digits[10];
    unsigned count = 0;
    do
        digits[count++] = (char)('0' + value % 10);
    while (value /= 10);
    while (width-- > count)
        line[length++] = ' ';
    while (count)
        line[length++] = digits[--count];
}

static void flush(void) {
    line[length++] = '\n';
    write(line, length);
    length = 0;
}

/* Cross out all multiples of each prime; what stays is prime. */
static void sieve(void) {
    for (unsigned p = 2; p * p < BOUND; p++)
        if (!composite[p])
            for (unsigned multiple = p * p; multiple < BOUND; multiple += p)
                composite[multiple] = 1;
}

int main(void) {
    sieve();

    put("primes below 100:");
    for (unsigned n = 2; n < 100; n++)
        if (!composite[n])
            put_number(n, 3);
    flush();

    unsigned total = 0, largest = 0;
    for (unsigned start = 0; start < BOUND; start += STRIPE) {
        unsigned count = 0;
        for (unsigned n = start < 2 ? 2 : start; n < start + STRIPE; n++)
            if (!composite[n]) {
                count++;
                largest = n;
            }
        total += count;
        put_number(start, 7);
        put(" ..");
        put_number(start + STRIPE - 1, 7);
        put(":");
        put_number(count, 6);
        flush();
    }

    put("primes below ");
    put_number(BOUND, 0);
    put(": ");
    put_number(total, 0);
    put(", the largest ");
    put_number(largest, 0);
    flush();
    return total == EXPECTED ? 0 : 1;
}
