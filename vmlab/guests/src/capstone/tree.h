/* The device tree: the host's says what we have, the guest's what it has. */
#pragma once
#include "vm.h"

/* Read the host's tree and make the guest's of it. Returns where the host's RAM ends. */
u64 tree_read(const void *host);

/* Put the guest's tree into its RAM, at GUEST_TREE. */
void tree_give(struct vm *vm);
