/* The two functions that a C compiler may call without being asked to. Whole pages go by eight
 * doublewords at a time: most of the memory that a kernel touches is pages. */
#include "kernel.h"

enum { STRIDE = 64 };

static int even(u64 a, u64 b) { return !((a | b) % STRIDE); }

void *memcpy(void *to, const void *from, u64 length) {
    u8 *a = to;
    const u8 *b = from;
    if (even((u64)a | (u64)b, length)) {
        for (u64 *x = to, *end = x + length / 8, *y = (u64 *)from; x < end; x += 8, y += 8) {
            u64 y0 = y[0], y1 = y[1], y2 = y[2], y3 = y[3];
            x[0] = y0, x[1] = y1, x[2] = y2, x[3] = y3;
            y0 = y[4], y1 = y[5], y2 = y[6], y3 = y[7];
            x[4] = y0, x[5] = y1, x[6] = y2, x[7] = y3;
        }
        return to;
    }
    while (length--)
        *a++ = *b++;
    return to;
}

void *memset(void *to, int byte, u64 length) {
    u8 *a = to;
    if (!byte && even((u64)a, length)) {
        for (u64 *x = to, *end = x + length / 8; x < end; x += 8)
            x[0] = x[1] = x[2] = x[3] = x[4] = x[5] = x[6] = x[7] = 0;
        return to;
    }
    while (length--)
        *a++ = (u8)byte;
    return to;
}
