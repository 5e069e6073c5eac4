#include "net/byte_marks.h"

#include <doctest/doctest.h>

TEST_CASE("byte marks: only whole pieces count") {
  net::ByteMarks marks;
  marks.add(100, 129);
  marks.add(150, 208);
  CHECK(marks.plaintext_in(128) == 0);
  CHECK(marks.plaintext_in(129) == 100);
  CHECK(marks.plaintext_in(207) == 100);
  CHECK(marks.plaintext_in(1000) == 150);
}

TEST_CASE("byte marks: too many are merged, and none counts too early") {
  net::ByteMarks marks;
  for (std::uint64_t i = 1; i <= 10 * net::ByteMarks::kMost; ++i) marks.add(i, 23 * i);
  CHECK(marks.size() == net::ByteMarks::kMost);
  CHECK(marks.plaintext_in(23 * 10) == 10);
  CHECK(marks.plaintext_in(23 * 2 * net::ByteMarks::kMost) == net::ByteMarks::kMost - 1);
  CHECK(marks.plaintext_in(23 * 10 * net::ByteMarks::kMost) == 10 * net::ByteMarks::kMost);
}
