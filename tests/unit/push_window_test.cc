#include <doctest/doctest.h>

#include <string>

#include "tools/logredis/sink/push_window.h"

using logredis::PushWindow;

namespace {

stream::Batch messages(std::uint64_t first, std::uint64_t last) {
  stream::Batch batch;
  for (std::uint64_t id = first; id <= last; ++id) batch.append(id, "m" + std::to_string(id));
  return batch;
}

// A window with ids in which all of `batches` are on their way, each as one chunk.
struct UnderWay {
  UnderWay(std::initializer_list<stream::Batch> batches) {
    for (const auto& batch : batches) {
      REQUIRE(window.append(batch));
      window.sent();
    }
  }
  PushWindow window{true, 1 << 20};
};

}  // namespace

TEST_CASE("push window: messages are encoded and counted from 1 on") {
  PushWindow window(false, 1000);
  stream::Batch batch;
  batch.append("one");
  batch.append("");
  REQUIRE(window.append(batch));
  const PushWindow::Chunk* chunk = window.next();
  REQUIRE(chunk != nullptr);
  CHECK(chunk->arguments == "$3\r\none\r\n$0\r\n\r\n");
  CHECK(chunk->last() == 2);
  CHECK(window.before_next().empty());
}

TEST_CASE("push window: what is small grows while something is under way") {
  PushWindow window(true, 1000);
  REQUIRE(window.append(messages(1, 1)));
  window.sent();
  REQUIRE(window.append(messages(2, 2)));
  CHECK(window.next() == nullptr);
  REQUIRE(window.append(messages(3, 3)));
  window.taken();
  window.release(1);
  REQUIRE(window.next() != nullptr);
  CHECK(window.next()->count() == 2);
  CHECK(window.before_next() == "1");
}

TEST_CASE("push window: messages are safe when their chunk is released") {
  UnderWay state{messages(1, 3), messages(4, 5)};
  state.window.taken();
  CHECK(state.window.safe() == 0);
  state.window.release(1);
  CHECK(state.window.safe() == 3);
  CHECK(state.window.waiting() == 2);
  CHECK(state.window.under_way() == 1);
}

TEST_CASE("push window: after a lost connection all that is not safe is sent again behind what is") {
  UnderWay state{messages(1, 3), messages(4, 5), messages(6, 6)};
  state.window.taken();
  state.window.release(1);
  state.window.taken();  // not released: replicas are waited for
  state.window.forget_sent();
  REQUIRE(state.window.next() != nullptr);
  CHECK(state.window.next()->last() == 5);
  CHECK(state.window.before_next() == "3");
}

TEST_CASE("push window: what the server has already counts as taken") {
  UnderWay state{messages(1, 3), messages(4, 5), messages(6, 6)};
  CHECK(state.window.settle(5));
  CHECK(state.window.unreleased() == 2);
  CHECK(state.window.next()->last() == 6);
  CHECK(state.window.before_next() == "5");
}

TEST_CASE("push window: a chunk of which the server has a part is cut") {
  UnderWay state{messages(1, 5)};
  CHECK(state.window.settle(2));
  CHECK(state.window.unreleased() == 1);
  CHECK(state.window.next()->arguments == "$2\r\nm3\r\n$2\r\nm4\r\n$2\r\nm5\r\n");
  CHECK(state.window.next()->ends.back() == state.window.next()->arguments.size());
  CHECK(state.window.before_next() == "2");
  state.window.release(1);
  CHECK(state.window.safe() == 2);
}

TEST_CASE("push window: ids have gaps, and the server may be in one of them") {
  PushWindow window(true, 1000);
  stream::Batch batch;
  batch.append(10, "a");
  batch.append(20, "b");
  REQUIRE(window.append(batch));
  CHECK(window.settle(15));
  CHECK(window.before_next() == "15");
  CHECK(window.next()->numbers == std::vector<std::uint64_t>{20});
}

TEST_CASE("push window: a server that has more than was ever sent makes the rest known already") {
  UnderWay state{messages(1, 3)};
  CHECK(state.window.settle(100));
  state.window.release(state.window.unreleased());
  REQUIRE(state.window.append(messages(50, 60)));
  CHECK(state.window.safe() == 14);
  CHECK(state.window.duplicates() == 11);
}

TEST_CASE("push window: a server that has lost what was safe is noticed, and pushing goes on behind what it has") {
  UnderWay state{messages(1, 3), messages(4, 5)};
  state.window.taken();
  state.window.release(1);
  CHECK(!state.window.settle(1));
  CHECK(state.window.before_next() == "1");
  CHECK(state.window.next()->last() == 5);
  CHECK(!state.window.settle(std::nullopt));
  CHECK(state.window.before_next().empty());
}

TEST_CASE("push window: there is room again when an eighth is free") {
  PushWindow window(false, 1000);
  CHECK(window.room() == 1000);
  stream::Batch batch;
  batch.append(std::string(900, 'x'));
  REQUIRE(window.append(batch));
  CHECK(window.room() == 0);
  window.sent();
  window.taken();
  window.release(1);
  CHECK(window.room() == 1000);
}

TEST_CASE("push window: ids that are no numbers, or do not grow, are an error of the source") {
  PushWindow window(true, 1000);
  stream::Batch batch;
  batch.append("x", "message");
  CHECK(window.append(batch).error().kind == base::Kind::protocol);
  REQUIRE(window.append(messages(5, 5)));
  CHECK(window.append(messages(5, 5)).error().kind == base::Kind::protocol);
}
