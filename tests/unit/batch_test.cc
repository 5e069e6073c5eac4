#include "stream/batch.h"

#include <doctest/doctest.h>

#include <vector>

using stream::Batch;

namespace {

std::vector<std::string> messages(const Batch& batch) {
  std::vector<std::string> all;
  batch.for_each([&](std::size_t, std::string_view message) { all.emplace_back(message); });
  return all;
}

}  // namespace

TEST_CASE("a batch keeps messages in order, each followed by one LF") {
  Batch batch;
  batch.append("one");
  batch.append("");
  batch.append("three");
  CHECK(batch.block() == "one\n\nthree\n");
  CHECK(messages(batch) == std::vector<std::string>{"one", "", "three"});
  CHECK(batch.count() == 3);
  CHECK(batch.bytes() == 11);
  CHECK_FALSE(batch.has_ids());
}

TEST_CASE("a batch knows whether a message holds an LF") {
  Batch batch;
  batch.append("plain");
  CHECK_FALSE(batch.has_inner_lf());
  batch.append("two\nlines");
  batch.append("plain");
  CHECK(batch.has_inner_lf());
  CHECK(messages(batch) == std::vector<std::string>{"plain", "two\nlines", "plain"});
}

TEST_CASE("a batch keeps ids as text") {
  Batch batch;
  batch.append(std::uint64_t{18446744073709551615U}, "a");
  batch.append("1700000000-1", "b");
  batch.append(std::uint64_t{0}, "c");
  CHECK(batch.has_ids());
  CHECK(batch.id(0) == "18446744073709551615");
  CHECK(batch.id(1) == "1700000000-1");
  CHECK(batch.id(2) == "0");
}

TEST_CASE("in a batch with ids, a message appended without one has an empty id") {
  Batch batch;
  batch.append("before");
  batch.append("7", "with");
  batch.append("after");
  batch.append("9", "with");
  batch.append("last");
  CHECK(batch.id(0).empty());
  CHECK(batch.id(1) == "7");
  CHECK(batch.id(2).empty());
  CHECK(batch.id(3) == "9");
  CHECK(batch.id(4).empty());
}

TEST_CASE("a block is appended whole") {
  Batch from;
  from.append("a\nb");
  from.append("c");
  Batch batch;
  batch.append("first");
  batch.append_block(from.block(), from.lengths(), from.has_inner_lf());
  CHECK(messages(batch) == std::vector<std::string>{"first", "a\nb", "c"});
  CHECK(batch.has_inner_lf());
}

TEST_CASE("a cleared batch is as new") {
  Batch batch;
  batch.append("7", "a\nb");
  batch.clear();
  CHECK(batch.empty());
  CHECK_FALSE(batch.has_ids());
  CHECK_FALSE(batch.has_inner_lf());
  batch.append("x");
  CHECK(batch.block() == "x\n");
}

TEST_CASE("swapping exchanges everything") {
  Batch one;
  one.append("7", "a\nb");
  Batch two;
  two.append("c");
  one.swap(two);
  CHECK(messages(one) == std::vector<std::string>{"c"});
  CHECK_FALSE(one.has_ids());
  CHECK(two.id(0) == "7");
  CHECK(two.has_inner_lf());
}

TEST_CASE("running numbers grow a digit where they must") {
  for (const std::uint64_t first : {std::uint64_t{1}, std::uint64_t{98}, std::uint64_t{9999999999999999998U}}) {
    stream::Batch batch;
    for (int i = 0; i < 3; ++i) batch.append("message");
    batch.number_from(first);
    for (std::uint64_t i = 0; i < 3; ++i) CHECK(batch.id(i) == std::to_string(first + i));
  }
}
