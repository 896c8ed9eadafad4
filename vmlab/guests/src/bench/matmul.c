/* matmul: two matrices of 40 x 40 numbers of 64 bits are multiplied, modulo 2^64.
 *
 * Two loads, a multiplication and an addition in the inner loop; one matrix is read along its rows
 * and one along its columns. The check is Freivalds': C v = A (B v) for a random v.
 */
#include "bench.h"

#define N 40

static u64 a[N][N], b[N][N], c[N][N], v[N], bv[N];

static APART void fill(void) {
    u64 state = 0x9e3779b97f4a7c15;
    for (u32 i = 0; i < N; i++) {
        v[i] = next_random(&state);
        for (u32 j = 0; j < N; j++) {
            a[i][j] = next_random(&state);
            b[i][j] = next_random(&state);
        }
    }
}

static APART void multiply(void) {
    for (u32 i = 0; i < N; i++)
        for (u32 j = 0; j < N; j++) {
            u64 sum = 0;
            for (u32 k = 0; k < N; k++)
                sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
}

/* A row times v. */
static u64 times(const u64 *row, const u64 *vector) {
    u64 sum = 0;
    for (u32 i = 0; i < N; i++)
        sum += row[i] * vector[i];
    return sum;
}

int one_round(void) {
    fill();
    multiply();
    for (u32 i = 0; i < N; i++)
        bv[i] = times(b[i], v);
    for (u32 i = 0; i < N; i++)
        if (times(c[i], v) != times(a[i], bv))
            return 1;
    return 0;
}
