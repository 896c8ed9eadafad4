/* The table of programs: for the kernel, which looks them up, and for `sh`, which lists them. */
#pragma once

struct program {
    const char *name;
    long (*main)(const char *argument); /* what it returns is its status; 0 is success */
    const char *says;                   /* what it does with its argument */
};
extern const struct program programs[]; /* the last one has no name */
