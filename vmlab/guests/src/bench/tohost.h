/* How a benchmark ends where there is no finisher: by the word that Spike watches.
 *
 * vmlab ends at this store too; QEMU ends at the store to the finisher that follows. On Spike that
 * one faults, and the kernel comes here again: the first status counts, so the hart waits until
 * Spike looks, within 5,000 instructions. The words have a page of their own, because a machine
 * may watch all of it.
 */
#pragma once

volatile unsigned long tohost[512] __attribute__((aligned(4096)));
volatile unsigned long fromhost[512] __attribute__((aligned(4096)));

static void tell_the_host(unsigned long status) {
    while (tohost[0])
        ;
    tohost[0] = status << 1 | 1;
}
