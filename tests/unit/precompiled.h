// As libcommon/precompiled.h, for the unit tests.
#include "precompiled.h"

#include <doctest/doctest.h>
