/* What the tasks may ask of the kernel, and how often they do in a round. */
#pragma once

enum { CALL_NOTHING = 1, CALL_TURN = 2, CALL_DROP = 3, CALL_PROTECT = 4, CALL_EXIT = 5 };

#define LAZY 0x800000ul
enum { LAZY_PAGES = 8, PROTECTED = 4, NOTHING_CALLS = 8, TURNS = 4 };
