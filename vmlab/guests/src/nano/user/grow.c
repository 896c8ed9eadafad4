/* grow: a stack is as large as it has been touched. */
#include "user.h"

/* The frame above is written last: a compiler can not make this a loop with one frame. */
static u64 __attribute__((noinline)) deeper(u64 pages, volatile u8 *above) {
    volatile u8 page[PAGE];
    page[0] = (u8)pages;
    u64 sum = pages ? deeper(pages - 1, page) + page[0] : 0;
    *above = (u8)pages + 1;
    return sum;
}

long main_grow(const char *argument) {
    u64 pages = number(argument, 32);
    u8 top;
    u64 sum = deeper(pages, &top);
    say("grow: %lu pages, sum %lu\n", pages, sum);
    return 0;
}
