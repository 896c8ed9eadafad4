/* The loop around a benchmark. `vmlab bench` writes the number of rounds into the image. */
#include "bench.h"

volatile u64 rounds = 1;

int main(void) {
    for (u64 left = rounds; left; left--) {
        int wrong = one_round();
        if (wrong)
            return wrong;
    }
    return 0;
}
