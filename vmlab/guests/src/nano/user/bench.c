/* Nanobenchmarks, after Adams and Agesen (ASPLOS 2006) and lmbench: bench NAME N does one thing N
 * times, between two marks (../bench.c), and prints nothing but where it begins and ends. */
#include "user.h"

enum { MOST_PAGES = 1024 };

static void begin(void) { call(SYS_MARK, 0, 0); }
static void end(void) { call(SYS_MARK, 1, 0); }

static long null_call(u64 times) {
    begin();
    while (times--)
        getpid();
    end();
    return 0;
}

static void __attribute__((noinline)) nothing(void) { asm volatile(""); }

static long call_and_return(u64 times) {
    begin();
    while (times--)
        nothing();
    end();
    return 0;
}

static long illegal(u64 times) {
    catch(1);
    begin();
    while (times--) {
        register long a0 asm("a0");
        asm volatile("unimp" : "=r"(a0)::"memory");
    }
    end();
    return 0;
}

static long fault(u64 times) {
    if (times > MOST_PAGES)
        return 1;
    volatile u8 *pages = mmap((times + 1) * PAGE);
    pages[times * PAGE] = 1; /* the tables are there */
    begin();
    for (u64 i = 0; i < times; i++)
        pages[i * PAGE] = 1;
    end();
    return munmap((u8 *)pages);
}

static long two_yields(u64 times) {
    long status, child = fork();
    if (child < 0)
        return 1;
    if (!child) {
        for (u64 i = 0; i < times + 2; i++)
            yield();
        exit(0);
    }
    yield();
    begin();
    while (times--)
        yield();
    end();
    wait_for(child, &status);
    return status;
}

static long fork_and_exit(u64 times) {
    long status;
    begin();
    while (times--) {
        long child = fork();
        if (child < 0)
            return 1;
        if (!child)
            exit(0);
        wait_for(child, &status);
    }
    end();
    return 0;
}

static long kernel(u64 number, u64 times) { return call(SYS_BENCH, number, times); }
static long csr(u64 times) { return kernel(BENCH_CSR, times); }
static long sie(u64 times) { return kernel(BENCH_SIE, times); }
static long pte(u64 times) { return kernel(BENCH_PTE, times); }
static long pte512(u64 times) { return kernel(BENCH_PTE512, times); }
static long mmio_read(u64 times) { return kernel(BENCH_MMIO_READ, times); }
static long mmio_write(u64 times) { return kernel(BENCH_MMIO_WRITE, times); }
static long idle(u64 times) { return kernel(BENCH_IDLE, times); }

static const struct {
    const char *name;
    long (*run)(u64 times);
} benches[] = {
    {"syscall", null_call}, {"call", call_and_return},  {"illegal", illegal},
    {"fault", fault},       {"pte", pte},               {"pte512", pte512},
    {"switch", two_yields}, {"fork", fork_and_exit},    {"csr", csr},
    {"sie", sie},           {"mmio_read", mmio_read},   {"mmio_write", mmio_write},
    {"idle", idle},
};
enum { BENCHES = sizeof benches / sizeof *benches };

long main_bench(const char *argument) {
    for (u64 i = 0; i < BENCHES; i++) {
        if (!*argument)
            say("%s\n", benches[i].name);
        if (!*argument || !same_word(argument, benches[i].name))
            continue;
        u64 times = number(next_word(argument), 100);
        say("[bench %s %lu]\n", benches[i].name, times);
        long status = benches[i].run(times);
        say("[end %s %ld]\n", benches[i].name, status);
        return status;
    }
    if (*argument)
        say("bench: no such benchmark\n");
    return *argument != 0;
}
