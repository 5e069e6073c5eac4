// As libcommon/precompiled.h, for the unit tests.
#include "libcommon/precompiled.h"

#include <doctest/doctest.h>
