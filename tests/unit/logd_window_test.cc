#include "tools/logsend/logd_window.h"

#include <doctest/doctest.h>

#include "messages.h"

using logsend::LogdWindow;
using unit::batch;

namespace {

struct Fixture {
  LogdWindow window{1 << 20, 100};

  // The next request, as it is sent; empty: there is none.
  std::string send() {
    std::string request(window.next());
    if (!request.empty()) window.sent();
    return request;
  }
};

}  // namespace

TEST_SUITE_BEGIN("logd window");

TEST_CASE_FIXTURE(Fixture, "messages that wait make one request") {
  window.append(batch({"one", "two\r\n"}));
  window.append(batch({"three"}));
  CHECK(send() == "MSG 3\r\n3 one\r\n5 two\r\n\r\n5 three\r\n");
  CHECK(send().empty());
  CHECK(window.in_flight() == 1);
}

TEST_CASE_FIXTURE(Fixture, "what comes after a request was sent is in the next") {
  window.append(batch({"one"}));
  send();
  window.append(batch({"two"}));
  CHECK(send() == "MSG 1\r\n3 two\r\n");
  CHECK(window.in_flight() == 2);
}

TEST_CASE("a request has a thousand messages at most") {
  LogdWindow window(1 << 20, 10000);
  stream::Batch many;
  for (int i = 0; i < 1001; ++i) many.append("x");
  window.append(many);
  CHECK(window.next().starts_with("MSG 1000\r\n"));
  window.sent();
  CHECK(window.next() == "MSG 1\r\n1 x\r\n");
}

TEST_CASE("a request has a quarter of a MiB, or one longer message") {
  LogdWindow window(8 << 20, 100);
  const std::string half(130 << 10, 'x');
  const std::string longer(300 << 10, 'y');
  window.append(batch({half, half, longer, "z"}));
  for (int i = 0; i < 3; ++i) {
    CHECK(window.next().starts_with("MSG 1\r\n"));
    window.sent();
  }
  CHECK(window.next() == "MSG 1\r\n1 z\r\n");
}

TEST_CASE_FIXTURE(Fixture, "messages are safe in order, once their request is stored") {
  window.append(batch({"one", "two"}));
  send();
  window.append(batch({"three"}));
  send();
  CHECK(window.safe() == 0);
  window.stored();
  CHECK(window.safe() == 2);
  window.stored();
  CHECK(window.safe() == 3);
  CHECK(window.waiting() == 0);
}

TEST_CASE_FIXTURE(Fixture, "what is not stored is sent again, in order") {
  for (const char* message : {"one", "two", "three"}) {
    window.append(batch({message}));
    send();
  }
  window.stored();
  window.resend();
  CHECK(window.in_flight() == 0);
  CHECK(send() == "MSG 1\r\n3 two\r\n");
  CHECK(send() == "MSG 1\r\n5 three\r\n");
}

TEST_CASE_FIXTURE(Fixture, "a refused request is sent again, and those stored after it are not") {
  for (const char* message : {"one", "two", "three"}) {
    window.append(batch({message}));
    send();
  }
  window.refused();
  window.stored();
  window.refused();
  CHECK(window.safe() == 0);
  window.resend();
  CHECK(send() == "MSG 1\r\n3 one\r\n");
  CHECK(send() == "MSG 1\r\n5 three\r\n");
  window.stored();
  CHECK(window.safe() == 2);
}

TEST_CASE_FIXTURE(Fixture, "a rejected request is sent again in halves, until one message is left") {
  window.append(batch({"one", "two", "three"}));
  send();
  CHECK(!window.rejected());
  window.resend();
  CHECK(send() == "MSG 1\r\n3 one\r\n");
  CHECK(send() == "MSG 2\r\n3 two\r\n5 three\r\n");
  window.stored();
  CHECK(!window.rejected());
  window.resend();
  CHECK(send() == "MSG 1\r\n3 two\r\n");
  CHECK(send() == "MSG 1\r\n5 three\r\n");
  const auto single = window.rejected();
  REQUIRE(single);
  CHECK(single->number == 2);
  CHECK(single->message == "two");
}

TEST_CASE_FIXTURE(Fixture, "a rejected message is not sent again, and safe once it is settled") {
  window.append(batch({"one"}));
  send();
  REQUIRE(window.rejected());
  window.append(batch({"two"}));
  window.resend();
  CHECK(send() == "MSG 1\r\n3 two\r\n");
  window.stored();
  CHECK(window.safe() == 0);
  window.settle(1);
  CHECK(window.safe() == 2);
}

TEST_CASE_FIXTURE(Fixture, "what was split and not answered is sent again when the connection is lost") {
  window.append(batch({"one", "two"}));
  send();
  window.append(batch({"three"}));
  send();
  CHECK(!window.rejected());
  window.resend();
  CHECK(send() == "MSG 1\r\n3 one\r\n");
  CHECK(send() == "MSG 1\r\n3 two\r\n");
  CHECK(send() == "MSG 1\r\n5 three\r\n");
}

TEST_CASE_FIXTURE(Fixture, "an empty message is passed over") {
  window.append(batch({"one", "", "two"}));
  CHECK(!window.empty_message());
  CHECK(send() == "MSG 1\r\n3 one\r\n");
  CHECK(send().empty());
  REQUIRE(window.empty_message() == 2);
  CHECK(!window.next_is_first());
  window.pass_empty_message();
  CHECK(send() == "MSG 1\r\n3 two\r\n");
  window.stored();
  window.stored();
  CHECK(window.safe() == 1);
  window.settle(2);
  CHECK(window.safe() == 3);
}

TEST_CASE_FIXTURE(Fixture, "an empty message is the first when all before it are stored") {
  window.append(batch({"one", ""}));
  send();
  window.stored();
  REQUIRE(window.empty_message() == 2);
  CHECK(window.next_is_first());
}

TEST_CASE("a full window takes nothing until an eighth is free") {
  LogdWindow window(8000, 100);
  const std::string part(995, 'x');
  for (int i = 0; i < 7; ++i) window.append(batch({part}));
  CHECK(window.room() == 0);
  CHECK(!window.next().empty());
  window.sent();
  window.append(batch({"y"}));
  window.stored();
  CHECK(window.room() > 7000);
}

TEST_CASE("a window is full of messages, too") {
  LogdWindow window(1 << 20, 3);
  window.append(batch({"", "", "x"}));
  CHECK(window.room() == 0);
}

TEST_SUITE_END();
