/* slices: three working sets, one after the other: few pages, more, many. What a paged machine has
 * in frames decides which of them run well. */
#include "user.h"

static const u64 sets[] = {4, 16, 64};
enum { TOUCHES = 256 };

long main_slices(const char *argument) {
    u64 rounds = number(argument, 4), sum = 0;
    u8 *pages = mmap(sets[2] * PAGE);
    if (pages == NO_MEMORY)
        return 1;
    for (u64 round = 0; round < rounds; round++)
        for (u64 set = 0; set < 3; set++)
            for (u64 touch = 0; touch < TOUCHES; touch++) {
                volatile u64 *word = (volatile u64 *)(pages + touch * 7 % sets[set] * PAGE);
                sum += ++*word;
            }
    say("slices: %lu rounds, sum %lu\n", rounds, sum);
    return 0;
}
