/* What several programs need. */
#include "../format.h"
#include "user.h"

void say(const char *form, ...) {
    char line[256];
    va_list arguments;
    __builtin_va_start(arguments, form);
    u64 length = format(line, sizeof line, form, arguments);
    __builtin_va_end(arguments);
    write(line, length);
}

u64 number(const char *text, u64 otherwise) {
    u64 value = 0;
    if (*text < '0' || *text > '9')
        return otherwise;
    while (*text >= '0' && *text <= '9')
        value = value * 10 + (u64)(*text++ - '0');
    return value;
}

int same_word(const char *text, const char *word) {
    while (*word)
        if (*text++ != *word++)
            return 0;
    return *text == 0 || *text == ' ';
}

const char *next_word(const char *text) {
    while (*text && *text != ' ')
        text++;
    while (*text == ' ')
        text++;
    return text;
}

void wait_for(long pid, long *status) {
    while (wait(status) != pid)
        ;
}

const char *cause_name(long caught) {
    switch (caught - CAUGHT) {
    case 1:
        return "fetch access fault";
    case 2:
        return "illegal instruction";
    case 5:
        return "load access fault";
    case 7:
        return "store access fault";
    case 12:
        return "fetch page fault";
    case 13:
        return "load page fault";
    case 15:
        return "store page fault";
    }
    return "another exception";
}
