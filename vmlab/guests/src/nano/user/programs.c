/* All programs there are. */
#include "programs.h"

#define PROGRAM(name) long main_##name(const char *argument)
PROGRAM(sh); PROGRAM(sys); PROGRAM(mmu); PROGRAM(sieve); PROGRAM(slices); PROGRAM(probe);
PROGRAM(selfsum); PROGRAM(tick); PROGRAM(blk); PROGRAM(evil); PROGRAM(bench); PROGRAM(cow);
PROGRAM(spin); PROGRAM(grow); PROGRAM(crash); PROGRAM(panic);

const struct program programs[] = {
    {"sh", main_sh, "this shell"},
    {"sys", main_sys, "N system calls that do nothing (1000)"},
    {"mmu", main_mmu, "N times map, touch and unmap 16 pages (10)"},
    {"sieve", main_sieve, "count the primes below N (20000)"},
    {"slices", main_slices, "N rounds through three working sets (4)"},
    {"probe", main_probe, "one of each sensitive instruction, in U and in S"},
    {"selfsum", main_selfsum, "a checksum of the kernel's own text"},
    {"tick", main_tick, "sleep N times (3)"},
    {"blk", main_blk, "read N sectors of the disk (8)"},
    {"evil", main_evil, "attack the kernel"},
    {"bench", main_bench, "NAME N: a nanobenchmark; without a name, their names"},
    {"cow", main_cow, "a child writes what it shares with its parent"},
    {"spin", main_spin, "two processes that never give the hart away (200000 turns)"},
    {"grow", main_grow, "use N pages of stack (32)"},
    {"crash", main_crash, "read address 0"},
    {"panic", main_panic, "make the kernel fault"},
    {0, 0, 0},
};
