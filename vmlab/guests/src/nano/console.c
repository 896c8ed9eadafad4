/* What the kernel itself has to say, and how it ends when it can not go on. */
#include "format.h"
#include "kernel.h"

static char line[256];

static void put(const char *form, va_list arguments) {
    console_put((u8 *)line, format(line, sizeof line, form, arguments));
}

void print(const char *form, ...) {
    va_list arguments;
    __builtin_va_start(arguments, form);
    put(form, arguments);
    __builtin_va_end(arguments);
}

void panic(const char *form, ...) {
    va_list arguments;
    __builtin_va_start(arguments, form);
    print("nano: panic: ");
    put(form, arguments);
    print("\n");
    __builtin_va_end(arguments);
    power_off(1);
}
