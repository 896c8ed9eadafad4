/* The device tree: the host's says what we have, the guest's what it has. */
#pragma once
#include "vm.h"

/* Read the host's tree and make the guest's of it. Returns the size of the host's RAM in bytes. */
u64 tree_read(const void *host);

/* Put the guest's tree at the end of its RAM. Returns its guest-physical address. */
u64 tree_give(struct vm *vm);
