#include "cli/exposition.h"

#include <doctest/doctest.h>

TEST_CASE("an exposition has a metric's samples behind its type, with labels escaped") {
  cli::Exposition out;
  out.metric("queue_messages", "gauge", "Messages stored.");
  out.sample({{"queue", "a\"b\\c\nd"}}, 5);
  out.sample({{"queue", "b"}, {"consumer", "default"}}, 0.5);
  out.metric("up", "gauge", "Whether it is.");
  out.sample({{"queue", "b"}}, std::uint64_t{18446744073709551615U});
  CHECK(out.text() ==
        "# HELP queue_messages Messages stored.\n# TYPE queue_messages gauge\n"
        "queue_messages{queue=\"a\\\"b\\\\c\\nd\"} 5\nqueue_messages{queue=\"b\",consumer=\"default\"} 0.5\n"
        "# HELP up Whether it is.\n# TYPE up gauge\nup{queue=\"b\"} 18446744073709551615\n");
}
