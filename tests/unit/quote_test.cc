#include "base/quote.h"

#include <doctest/doctest.h>

using namespace std::string_literals;

TEST_CASE("quoted bytes are printable and unambiguous") {
  CHECK(base::quote("plain text") == "\"plain text\"");
  CHECK(base::quote("\x1b[31m\n\0\xff\x7f"s) == "\"\\x1b[31m\\x0a\\x00\\xff\\x7f\"");
  CHECK(base::quote("a\"b\\c") == "\"a\\\"b\\\\c\"");
  CHECK(base::quote("") == "\"\"");
}

TEST_CASE("long bytes are cut and the cut is shown") {
  CHECK(base::quote("abcdef", 6) == "\"abcdef\"");
  CHECK(base::quote("abcdefg", 6) == "\"abcdef\"...");
}
