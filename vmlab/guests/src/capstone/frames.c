#include "frames.h"
#include "power.h"

enum { WORDS = PAGE_BYTES / sizeof(u64) };

static u64 next, last;

void frames_between(u64 first, u64 end) {
    next = first;
    last = end;
}

u64 *frame_new(const u64 *content) {
    if (next + PAGE_BYTES > last)
        give_up("no frame is left", next);
    u64 *frame = (u64 *)next;
    next += PAGE_BYTES;
    /* Most of what an exit costs that fills a page: so eight words a turn. */
    if (content)
#pragma clang loop unroll_count(8)
        for (u64 at = 0; at < WORDS; at++)
            frame[at] = content[at];
    else
#pragma clang loop unroll_count(8)
        for (u64 at = 0; at < WORDS; at++)
            frame[at] = 0;
    return frame;
}
