/* coremark_like: a list, a matrix, a state machine, and a CRC over what they found.
 *
 * Our own code. What it does follows the description of EEMBC's CoreMark (its README and white
 * paper name these four kinds of work, 16-bit data, and a CRC-16 that ties them together), so that
 * its mixture of instructions is like CoreMark's; it is not CoreMark, and gives no CoreMark score.
 */
#include "bench.h"

#define NODES 64
#define N 12

/* What the program gives that is compiled for another machine (tests/unit/guests/test_bench.py). */
#define RESULT 0xa75b

static APART u16 crc16(u16 crc, u32 data, u32 bits) {
    for (; bits; bits--, data >>= 1) {
        u16 low = (crc ^ data) & 1;
        crc >>= 1;
        if (low)
            crc ^= 0xa001;
    }
    return crc;
}

/* A list: found, reversed, sorted by value and back by index. */

struct node {
    struct node *next;
    s16 value;
    s16 index;
};

static struct node nodes[NODES];

static struct node *make_list(u64 *state) {
    for (s32 i = 0; i < NODES; i++) {
        nodes[i].next = i + 1 < NODES ? &nodes[i + 1] : 0;
        nodes[i].value = (s16)(next_random(state) & 0x3ff);
        nodes[i].index = (s16)i;
    }
    return nodes;
}

static APART const struct node *find(const struct node *at, s16 value) {
    while (at && at->value != value)
        at = at->next;
    return at;
}

static APART struct node *reverse(struct node *list) {
    struct node *done = 0;
    while (list) {
        struct node *next = list->next;
        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

static s32 by_value(const struct node *a, const struct node *b) { return a->value - b->value; }
static s32 by_index(const struct node *a, const struct node *b) { return a->index - b->index; }

/* Merge runs of 1, 2, 4, ... nodes until there is one run. */
static APART struct node *sort(struct node *list,
                               s32 (*order)(const struct node *, const struct node *)) {
    for (u32 length = 1, runs = 2; runs > 1; length *= 2) {
        struct node *rest = list, *last = 0;
        list = 0;
        for (runs = 0; rest; runs++) {
            struct node *left = rest, *right = rest;
            u32 in_left = 0, in_right = length;
            for (; in_left < length && right; in_left++)
                right = right->next;
            while (in_left || (in_right && right)) {
                struct node *taken;
                if (in_left && (!in_right || !right || order(left, right) <= 0))
                    taken = left, left = left->next, in_left--;
                else
                    taken = right, right = right->next, in_right--;
                if (last)
                    last->next = taken;
                else
                    list = taken;
                last = taken;
            }
            rest = right;
        }
        if (last)
            last->next = 0;
    }
    return list;
}

static APART u16 list_work(u16 crc, u64 *state) {
    struct node *list = make_list(state);
    for (s16 value = 0; value < 64; value += 4) {
        const struct node *found = find(list, value);
        crc = crc16(crc, found ? (u32)found->index : 0xffff, 16);
    }
    list = sort(reverse(list), by_value);
    for (const struct node *at = list; at; at = at->next)
        crc = crc16(crc, (u16)at->index, 16);
    list = sort(list, by_index);
    for (s16 i = 0; i < NODES; i++, list = list->next)
        if (list->index != i)
            return 0;
    return crc;
}

/* A matrix of 16-bit numbers: plus a constant, times a constant, times a vector, times another. */

static s16 a[N][N], b[N][N];
static s32 c[N][N];

static APART u16 add_up(u16 crc, s32 clip) {
    s32 sum = 0, last = 0;
    s16 result = 0;
    for (u32 i = 0; i < N; i++)
        for (u32 j = 0; j < N; j++) {
            sum += c[i][j];
            if (sum > clip) {
                result += 10;
                sum = 0;
            } else {
                result += c[i][j] > last;
            }
            last = c[i][j];
        }
    return crc16(crc, (u16)result, 16);
}

static APART u16 matrix_work(u16 crc, u64 *state) {
    s16 factor = (s16)(next_random(state) & 0xff) + 1;
    for (u32 i = 0; i < N; i++)
        for (u32 j = 0; j < N; j++) {
            u64 bits = next_random(state);
            a[i][j] = (s16)((bits & 0xff) + (u64)factor);
            b[i][j] = (s16)(bits >> 8 & 0xff);
        }
    for (u32 i = 0; i < N; i++)
        for (u32 j = 0; j < N; j++)
            c[i][j] = a[i][j] * factor;
    crc = add_up(crc, 20000);
    for (u32 i = 0; i < N; i++) {
        c[i][0] = 0;
        for (u32 j = 0; j < N; j++)
            c[i][0] += a[i][j] * b[0][j];
    }
    crc = add_up(crc, 200000);
    for (u32 i = 0; i < N; i++)
        for (u32 j = 0; j < N; j++) {
            s32 sum = 0;
            for (u32 k = 0; k < N; k++) {
                s32 product = a[i][k] * b[k][j];
                sum += (product >> 2 & 15) * (product >> 5 & 127);
            }
            c[i][j] = sum;
        }
    return add_up(crc, 40000);
}

/* A state machine that reads numbers such as 12, -7.5 and 3e+4, and refuses what is none. */

enum state { START, SIGN, INTEGER, POINT, FRACTION, E, E_SIGN, EXPONENT, INVALID, STATES };

static const char text[] = "5012,-874,+122.5,.1e3,6e+2,-0.5e-7,12..,4x4,e,+,7e,33554432,0.0,-.2,"
                           "1e1e1,a,99.99,+1.e9,--3,2147483648,";

static enum state step(enum state now, char letter) {
    u32 digit = (u8)(letter - '0') <= 9;
    switch (now) {
    case START:
        if (letter == '+' || letter == '-')
            return SIGN;
        /* fall through */
    case SIGN:
        return digit ? INTEGER : letter == '.' ? POINT : INVALID;
    case INTEGER:
        return digit ? INTEGER : letter == '.' ? POINT : letter == 'e' ? E : INVALID;
    case POINT:
    case FRACTION:
        return digit ? FRACTION : letter == 'e' && now == FRACTION ? E : INVALID;
    case E:
        if (letter == '+' || letter == '-')
            return E_SIGN;
        /* fall through */
    case E_SIGN:
    case EXPONENT:
        return digit ? EXPONENT : INVALID;
    default:
        return INVALID;
    }
}

static APART u16 state_work(u16 crc) {
    u32 ended[STATES] = {0}, passed[STATES] = {0};
    enum state now = START;
    for (const char *at = text; *at; at++) {
        if (*at == ',') {
            ended[now]++;
            now = START;
        } else {
            now = step(now, *at);
            passed[now]++;
        }
    }
    for (u32 i = 0; i < STATES; i++)
        crc = crc16(crc16(crc, ended[i], 16), passed[i], 16);
    return crc;
}

int one_round(void) {
    u64 state = 0xda942042e4dd58b5;
    u16 crc = list_work(0, &state);
    if (!crc)
        return 1;
    crc = matrix_work(crc, &state);
    return state_work(crc) == RESULT ? 0 : 2;
}
