// XXH3 from libxxhash, with the widest vector instructions that this machine has, where the library can choose.
#pragma once

#include <xxhash.h>

#ifdef __x86_64__
#include <xxh_x86dispatch.h>
#endif
