/* sieve: it computes, in U, and wants nothing of the kernel but memory. */
#include "user.h"

long main_sieve(const char *argument) {
    u64 bound = number(argument, 20000), count = 0;
    u8 *composite = mmap(bound + 1);
    if (composite == NO_MEMORY)
        return 1;
    for (u64 n = 2; n < bound; n++) {
        if (composite[n])
            continue;
        count++;
        for (u64 multiple = n * n; multiple < bound; multiple += n)
            composite[multiple] = 1;
    }
    say("sieve: %lu primes below %lu\n", count, bound);
    return 0;
}
