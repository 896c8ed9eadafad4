/* The shell: a line names a program and its argument; its process is forked, and waited for. */
#include "programs.h"
#include "user.h"

/* A line, shown as it is typed. 0 at its end; what does not fit is not taken. */
static void read_line(char *line) {
    u64 length = 0;
    for (;;) {
        char byte;
        if (read(&byte, 1) != 1)
            continue;
        if (byte == '\r' || byte == '\n')
            break;
        if ((byte == 8 || byte == 127) && length) {
            length--;
            write("\b \b", 3);
        } else if (byte >= ' ' && byte < 127 && length < LINE_BYTES - 1) {
            line[length++] = byte;
            write(&byte, 1);
        }
    }
    line[length] = 0;
    write("\n", 1);
}

static void run(const char *line) {
    long status, child = fork();
    if (child < 0) {
        say("sh: no process is left\n");
        return;
    }
    if (!child) {
        exec(line);
        say("sh: no such program; ls lists them\n");
        exit(127);
    }
    wait_for(child, &status);
    if (status && status != 127)
        say("sh: status %ld\n", status);
}

long main_sh(const char *argument) {
    char line[LINE_BYTES];
    (void)argument;
    for (;;) {
        write("$ ", 2);
        read_line(line);
        if (same_word(line, "exit"))
            return (long)number(next_word(line), 0);
        if (same_word(line, "help"))
            say("PROGRAM [ARGUMENT] runs a program, ls lists them, exit [STATUS] ends nano\n");
        else if (same_word(line, "ls"))
            for (const struct program *program = programs; program->name; program++)
                say("%s: %s\n", program->name, program->says);
        else if (*line)
            run(line);
    }
}
