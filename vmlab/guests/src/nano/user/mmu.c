/* mmu: pages that come when they are touched, are zeros then, and go again. */
#include "user.h"

enum { PAGES = 16 };

long main_mmu(const char *argument) {
    u64 rounds = number(argument, 10);
    for (u64 round = 0; round < rounds; round++) {
        u8 *pages = mmap(PAGES * PAGE);
        if (pages == NO_MEMORY)
            return 1;
        for (u64 i = 0; i < PAGES; i++) {
            volatile u64 *word = (volatile u64 *)(pages + i * PAGE);
            if (i % 2 && *word) /* half of them are read first: one fault for R, one for D */
                return 2;
            *word = round + i;
        }
        for (u64 i = 0; i < PAGES; i++)
            if (*(volatile u64 *)(pages + i * PAGE) != round + i)
                return 3;
        if (munmap(pages))
            return 4;
    }
    say("mmu: %lu times %d pages\n", rounds, PAGES);
    return 0;
}
