/* Looking up a program. The table is among the programs' own data (user/programs.c), so all its
 * addresses are theirs; here it is read where it was loaded, in the kernel's image. */
#include "user/programs.h"
#include "kernel.h"

static const void *loaded(const void *user) {
    return user_text_pa + ((const char *)user - user_text);
}

u64 program_entry(const char *name) {
    for (const struct program *program = loaded(programs); program->name; program++) {
        const char *a = loaded(program->name), *b = name;
        while (*a && *a == *b)
            a++, b++;
        if (!*a && !*b)
            return (u64)program->main;
    }
    return 0;
}
