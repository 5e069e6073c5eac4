#include "stream/window.h"

#include <doctest/doctest.h>

#include <string>

namespace {

using stream::Batch;
using stream::FrameFormat;
using stream::Framing;
using stream::Window;

constexpr FrameFormat kHop{Framing::octet, true};
constexpr FrameFormat kWire{Framing::line, false};

Batch numbered(unsigned first, unsigned last) {
  Batch batch;
  for (unsigned i = first; i <= last; ++i) batch.append(std::uint64_t{i}, "m" + std::to_string(i));
  return batch;
}

Batch lines(unsigned count) {
  Batch batch;
  for (unsigned i = 0; i < count; ++i) batch.append("abc");
  return batch;
}

std::string send_all(Window& window) {
  std::string out;
  while (!window.unsent().empty()) {
    out += window.unsent();
    window.sent(window.unsent().size());
  }
  return out;
}

Window hop(std::size_t bytes = 1 << 20, std::size_t messages = 1000) {
  return {kHop, bytes, messages};
}

}  // namespace

TEST_CASE("window encodes messages as frames with ids") {
  Window window = hop();
  window.append(numbered(9, 10));
  CHECK(send_all(window) == "4 9\tm96 10\tm10");
}

TEST_CASE("window numbers messages that came without ids") {
  Window window = hop();
  window.append(lines(2));
  window.append(lines(1));
  CHECK(send_all(window) == "5 1\tabc5 2\tabc5 3\tabc");
  CHECK(window.acknowledge("3"));
}

TEST_CASE("window takes a batch from an index on") {
  Window window = hop();
  window.append(numbered(1, 3), 2);
  CHECK(send_all(window) == "4 3\tm3");
  CHECK(window.appended() == 1);
}

TEST_CASE("an acknowledgement covers the message and all before it") {
  Window window = hop();
  window.append(numbered(1, 5));
  send_all(window);
  CHECK(window.acknowledge("3"));
  CHECK(window.safe() == 3);
  CHECK(window.waiting() == 2);
}

TEST_CASE("an acknowledgement of what is safe already is refused") {
  Window window = hop();
  window.append(numbered(1, 5));
  send_all(window);
  CHECK(window.acknowledge("3"));
  CHECK_FALSE(window.acknowledge("3"));
  CHECK_FALSE(window.acknowledge("1"));
  CHECK(window.safe() == 3);
}

TEST_CASE("an acknowledgement of what was not sent is refused") {
  Window window = hop();
  window.append(numbered(1, 3));
  window.sent(7);  // all of "4 1\tm1" and one byte of the next
  CHECK_FALSE(window.acknowledge("2"));
  CHECK(window.acknowledge("1"));
  CHECK(window.safe() == 1);
}

TEST_CASE("an acknowledgement of an id that only begins like one that waits is refused") {
  Window window = hop();
  window.append(numbered(10, 10));
  send_all(window);
  CHECK_FALSE(window.acknowledge("1"));
  CHECK_FALSE(window.acknowledge("100"));
  CHECK_FALSE(window.acknowledge(""));
  CHECK_FALSE(window.acknowledge("10\tm10"));
}

TEST_CASE("ids need not be in order") {
  Window window = hop();
  Batch batch;
  batch.append("b-7", "x");
  batch.append("a-9", "y");
  batch.append("c-1", "z");
  window.append(batch);
  send_all(window);
  CHECK(window.acknowledge("a-9"));
  CHECK(window.safe() == 2);
  CHECK_FALSE(window.acknowledge("b-7"));
  CHECK(window.acknowledge("c-1"));
}

TEST_CASE("pieces without an id are covered by the id that follows") {
  Window window = hop();
  Batch batch;
  batch.append("", "piece");
  batch.append("1", "rest");
  batch.append("", "piece");
  window.append(batch);
  send_all(window);
  CHECK(window.acknowledge("1"));
  CHECK(window.safe() == 2);
}

TEST_CASE("resend starts at the first frame that is not safe") {
  Window window = hop();
  window.append(numbered(1, 3));
  window.sent(13);  // into the third frame
  CHECK(window.acknowledge("1"));
  window.resend();
  CHECK(window.sent_bytes() == 0);
  CHECK(send_all(window) == "4 2\tm24 3\tm3");
}

TEST_CASE("after a resend only what was sent again can be acknowledged") {
  Window window = hop();
  window.append(numbered(1, 3));
  send_all(window);
  window.resend();
  CHECK_FALSE(window.acknowledge("1"));
  window.sent(6);
  CHECK(window.acknowledge("1"));
}

TEST_CASE("sending goes on with what is appended after everything was acknowledged") {
  Window window = hop();
  window.append(numbered(1, 1));
  send_all(window);
  CHECK(window.acknowledge("1"));
  CHECK(window.unsent().empty());
  window.append(numbered(2, 2));
  CHECK(send_all(window) == "4 2\tm2");
  CHECK(window.acknowledge("2"));
  CHECK(window.waiting() == 0);
}

TEST_CASE("acknowledged bytes make whole frames safe") {
  Window window(kWire, 1 << 20, 1000);
  window.append(lines(3));
  send_all(window);
  window.acknowledge_bytes(3);
  CHECK(window.safe() == 0);
  window.acknowledge_bytes(9);
  CHECK(window.safe() == 2);
  window.acknowledge_bytes(12);
  CHECK(window.safe() == 3);
}

TEST_CASE("acknowledged bytes never cover more than was sent") {
  Window window(kWire, 1 << 20, 1000);
  window.append(lines(3));
  window.sent(5);
  window.acknowledge_bytes(100);
  CHECK(window.safe() == 1);
}

TEST_CASE("acknowledged bytes count from the last resend") {
  Window window(kWire, 1 << 20, 1000);
  window.append(lines(3));
  send_all(window);
  window.acknowledge_bytes(6);
  window.resend();
  send_all(window);
  CHECK(window.sent_bytes() == 8);
  window.acknowledge_bytes(4);
  CHECK(window.safe() == 2);
}

TEST_CASE("everything sent can be acknowledged at once") {
  Window window = hop();
  window.append(numbered(1, 3));
  window.sent(8);
  window.acknowledge_sent();
  CHECK(window.safe() == 1);
  send_all(window);
  window.acknowledge_sent();
  CHECK(window.waiting() == 0);
}

TEST_CASE("window is full by bytes") {
  Window window = hop(20);
  CHECK(window.room() == 20);
  window.append(numbered(1, 2));
  CHECK(window.room() == 8);
  window.append(numbered(3, 9));
  CHECK(window.room() == 0);
  send_all(window);
  CHECK(window.acknowledge("8"));
  CHECK(window.room() == 14);
}

TEST_CASE("window is full by messages") {
  Window window = hop(1 << 20, 3);
  window.append(numbered(1, 3));
  CHECK(window.room() == 0);
  send_all(window);
  CHECK(window.acknowledge("1"));
  CHECK(window.room() > 0);
}

TEST_CASE("skipping takes what the child already has as safe and sends the rest") {
  Window window = hop();
  window.append(numbered(1, 5));
  window.sent(8);
  CHECK(window.skip(3));
  CHECK(window.safe() == 3);
  CHECK(send_all(window) == "4 4\tm44 5\tm5");
}

TEST_CASE("skipping goes on while no id beyond it was seen") {
  Window window = hop();
  window.append(numbered(1, 2));
  CHECK_FALSE(window.skip(3));
  CHECK(window.waiting() == 0);
  Batch batch;
  batch.append("", "piece");
  window.append(batch);
  CHECK_FALSE(window.skip(3));
  CHECK(window.waiting() == 1);
  window.append(numbered(3, 4));
  CHECK(window.skip(3));
  CHECK(window.safe() == 4);
}

TEST_CASE("skipping stops at an id that is no number") {
  Window window = hop();
  Batch batch;
  batch.append("x", "message");
  batch.append("1", "message");
  window.append(batch);
  CHECK(window.skip(9));
  CHECK(window.safe() == 0);
}

TEST_CASE("many batches in many segments come out as they went in") {
  Window window = hop(std::size_t{1} << 30, 1 << 20);
  const std::string text(1000, 'x');
  std::uint64_t id = 0;
  std::uint64_t bytes = 0;
  for (int round = 0; round < 50; ++round) {
    Batch batch;
    for (int i = 0; i < 100; ++i) batch.append(++id, text);
    window.append(batch);
    bytes += send_all(window).size();
    CHECK(bytes == window.sent_bytes());
    CHECK(window.acknowledge(std::to_string(id - 50)));
    CHECK(window.safe() == id - 50);
  }
  window.resend();
  CHECK(send_all(window).starts_with("1005 4951\txxx"));
  CHECK(window.acknowledge("5000"));
  CHECK(window.room() == std::size_t{1} << 30);
}

TEST_CASE("a message longer than a segment passes") {
  Window window = hop();
  Batch batch;
  batch.append("1", std::string(3 << 20, 'x'));
  batch.append("2", "y");
  window.append(batch);
  CHECK(send_all(window).size() == (3 << 20) + 2 + 8 + 5);
  CHECK(window.acknowledge("2"));
}

TEST_CASE("a hold stops sending after a message, and a release goes on") {
  Window window = hop();
  window.append(numbered(1, 3));
  window.hold_after(2);
  CHECK(send_all(window) == "4 1\tm14 2\tm2");
  CHECK_FALSE(window.all_sent());
  CHECK(window.acknowledge("2"));
  CHECK(send_all(window).empty());
  window.release();
  CHECK(send_all(window) == "4 3\tm3");
  CHECK(window.all_sent());
}

TEST_CASE("a hold counts messages from the first ever, in whatever segment they are") {
  Window window = hop(std::size_t{1} << 30, 1 << 20);
  const std::string text(100000, 'x');
  for (std::uint64_t id = 1; id <= 20; ++id) {
    Batch batch;
    batch.append(id, text);
    window.append(batch);
  }
  window.hold_after(4);
  send_all(window);
  CHECK(window.acknowledge("4"));
  window.hold_after(11);
  CHECK(send_all(window).size() == 7 * text.size() + 5 * 9 + 2 * 10);
  CHECK(window.begun() == 11);
  window.hold_after(3);  // of the past: nothing
  CHECK(window.unsent().empty());
  window.resend();
  CHECK(window.begun() == 4);
}

TEST_CASE("a frame of which a part was sent is begun") {
  Window window = hop();
  CHECK(window.begun() == 0);
  window.append(numbered(1, 3));
  CHECK(window.begun() == 0);
  CHECK(window.between_frames());
  window.sent(1);
  CHECK(window.begun() == 1);
  CHECK_FALSE(window.between_frames());
  window.sent(5);
  CHECK(window.begun() == 1);
  CHECK(window.between_frames());
  window.sent(1);
  CHECK(window.begun() == 2);
  window.hold_after(window.begun());
  CHECK(send_all(window) == " 2\tm2");
}

TEST_CASE("pieces without an id go with the next message that has one") {
  Window window = hop();
  CHECK_FALSE(window.next_with_id());
  Batch batch;
  batch.append("", "part");
  window.append(batch);
  CHECK_FALSE(window.next_with_id());
  batch.clear();
  batch.append("", "more");
  batch.append("7", "end");
  batch.append("8", "x");
  window.append(batch);
  CHECK(window.next_with_id() == 3);
  send_all(window);
  CHECK(window.acknowledge("7"));
  CHECK(window.next_with_id() == 4);
}
