/* What a program can call. The names are those of system calls (../abi.h), and a few of our own. */
#pragma once

#include "../abi.h"

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

static inline long call(long number, u64 first, u64 second) {
    register u64 a0 asm("a0") = first;
    register u64 a1 asm("a1") = second;
    register long a7 asm("a7") = number;
    asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a7) : "memory");
    return (long)a0;
}

static inline long getpid(void) { return call(SYS_GETPID, 0, 0); }
static inline long write(const char *bytes, u64 length) { return call(SYS_WRITE, (u64)bytes, length); }
static inline long read(char *bytes, u64 room) { return call(SYS_READ, (u64)bytes, room); }
static inline long fork(void) { return call(SYS_FORK, 0, 0); }
static inline long exec(const char *line) { return call(SYS_EXEC, (u64)line, 0); }
static inline long wait(long *status) { return call(SYS_WAIT, (u64)status, 0); }
static inline long yield(void) { return call(SYS_YIELD, 0, 0); }
static inline long sleep(u64 ticks) { return call(SYS_SLEEP, ticks, 0); }
static inline u8 *mmap(u64 bytes) { return (u8 *)call(SYS_MMAP, bytes, 0); }
static inline long munmap(u8 *address) { return call(SYS_MUNMAP, (u64)address, 0); }
static inline long blk_read(u64 sector, u8 *bytes) { return call(SYS_BLK_READ, sector, (u64)bytes); }
static inline u64 now(void) { return (u64)call(SYS_TIME, 0, 0); }
static inline void catch(int on) { call(SYS_CATCH, (u64)on, 0); }
static inline void __attribute__((noreturn)) exit(long status) {
    for (;;)
        call(SYS_EXIT, (u64)status, 0);
}
#define NO_MEMORY ((u8 *)-1)

/* lib.c */
void say(const char *form, ...) __attribute__((format(printf, 1, 2)));
u64 number(const char *text, u64 otherwise); /* the number that a text begins with */
int same_word(const char *text, const char *word); /* 1 if the text's first word is this */
const char *next_word(const char *text);
void wait_for(long pid, long *status);
const char *cause_name(long caught); /* what a caught fault was */

/* Where the kernel is: `probe` and `evil` know, and it must not help them. */
#define KERNEL 0x80200000ul
