/* blk: reads the disk from its beginning. */
#include "user.h"

long main_blk(const char *argument) {
    u64 sectors = number(argument, 8), sum = 0;
    u8 *bytes = mmap(PAGE);
    if (bytes == NO_MEMORY)
        return 1;
    for (u64 sector = 0; sector < sectors; sector++) {
        if (blk_read(sector, bytes)) {
            say("blk: no sector %lu\n", sector);
            return 2;
        }
        for (u64 i = 0; i < SECTOR_BYTES; i++)
            sum += bytes[i];
    }
    say("blk: %lu sectors, sum %lu\n", sectors, sum);
    return 0;
}
