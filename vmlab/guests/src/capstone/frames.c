#include "frames.h"
#include "power.h"

static u64 next, last;

void frames_between(u64 first, u64 end) {
    next = first;
    last = end;
}

u64 *frame_new(void) {
    if (next + PAGE_BYTES > last)
        give_up("no frame is left", next);
    u64 *frame = (u64 *)next;
    next += PAGE_BYTES;
    for (u64 at = 0; at < PAGE_BYTES / sizeof *frame; at++)
        frame[at] = 0;
    return frame;
}
