// As libcommon/precompiled.h, for the unit tests.
#pragma once

#include "precompiled.h"

#include <doctest/doctest.h>
