#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>

#include "tests/unit/random.h"

int main(int argc, char** argv) {
  std::printf("random numbers of LOGPIPE_SEED=%lu\n", unit::seed());
  return doctest::Context(argc, argv).run();
}
