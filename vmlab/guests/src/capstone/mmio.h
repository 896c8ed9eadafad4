/* Devices of the guest: an access to a page that is none of RAM's is looked at and carried out. */
#pragma once
#include "exits.h"

/* MMIO_LOAD or MMIO_STORE when it is done; AGAIN when the guest has to try it again; INJECTED, with
 * nothing done, when no device takes such an access. */
enum reason mmio(struct vm *vm, const struct exit *why);
