#include <doctest/doctest.h>

#include <vector>

#include "tools/logcat/kafka/offsets.h"

namespace logcat::kafka {
namespace {

const Place kFirst{"logs", 0};
const Place kSecond{"logs", 1};

Offsets assigned() {
  Offsets offsets;
  offsets.assign(kFirst);
  offsets.assign(kSecond);
  return offsets;
}

}  // namespace

TEST_CASE("kafka offsets: nothing is committed before it is safe") {
  Offsets offsets = assigned();
  offsets.note(kFirst, 1);
  CHECK_FALSE(offsets.has_news());
  offsets.acknowledge(1);
  CHECK(offsets.news() == std::vector<Commit>{{kFirst, 1}});
}

TEST_CASE("kafka offsets: each partition has its own") {
  Offsets offsets = assigned();
  offsets.note(kFirst, 8);
  offsets.note(kSecond, 3);
  offsets.note(kFirst, 9);
  offsets.acknowledge(2);
  CHECK(offsets.news() == std::vector<Commit>{{kFirst, 8}, {kSecond, 3}});
  offsets.committed(offsets.news());
  CHECK_FALSE(offsets.has_news());
  offsets.acknowledge(3);
  CHECK(offsets.news() == std::vector<Commit>{{kFirst, 9}});
}

TEST_CASE("kafka offsets: late receipts of a partition that was taken away count for nothing, also when it is back") {
  Offsets offsets = assigned();
  offsets.note(kFirst, 5);
  offsets.note(kFirst, 6);
  offsets.acknowledge(1);
  offsets.revoke(kFirst);
  CHECK_FALSE(offsets.has_news());
  offsets.assign(kFirst);
  offsets.acknowledge(2);
  CHECK_FALSE(offsets.has_news());
  offsets.note(kFirst, 6);
  offsets.acknowledge(3);
  CHECK(offsets.news() == std::vector<Commit>{{kFirst, 6}});
}

TEST_CASE("kafka offsets: a message of a partition that was taken away must not be given on") {
  Offsets offsets = assigned();
  offsets.revoke(kFirst);
  CHECK_FALSE(offsets.note(kFirst, 1));
  CHECK(offsets.note(kSecond, 7));
  offsets.acknowledge(1);
  CHECK(offsets.news() == std::vector<Commit>{{kSecond, 7}});
}

TEST_CASE("kafka offsets: what is left out is as safe as the message before it in its partition") {
  Offsets offsets = assigned();
  offsets.skip(kFirst, 5);
  CHECK(offsets.news() == std::vector<Commit>{{kFirst, 5}});
  offsets.note(kFirst, 6);
  offsets.note(kSecond, 1);
  offsets.skip(kFirst, 9);
  offsets.acknowledge(0);
  CHECK(offsets.news() == std::vector<Commit>{{kFirst, 5}});
  offsets.acknowledge(1);
  CHECK(offsets.news() == std::vector<Commit>{{kFirst, 9}});
  offsets.skip({"elsewhere", 0}, 3);
  CHECK(offsets.news().size() == 1);
}

TEST_CASE("kafka offsets: a commit that failed is news again") {
  Offsets offsets = assigned();
  offsets.note(kSecond, 5);
  offsets.acknowledge(1);
  offsets.committed(offsets.news());
  offsets.forget_commit(kSecond);
  CHECK(offsets.news() == std::vector<Commit>{{kSecond, 5}});
}

}  // namespace logcat::kafka
