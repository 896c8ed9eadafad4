/* grow: a stack is as large as it has been touched. */
#include "user.h"

static u64 __attribute__((noinline)) deeper(u64 pages) {
    volatile u8 page[PAGE];
    page[0] = (u8)pages;
    return pages ? deeper(pages - 1) + page[0] : 0;
}

long main_grow(const char *argument) {
    u64 pages = number(argument, 32);
    say("grow: %lu pages, sum %lu\n", pages, deeper(pages));
    return 0;
}
