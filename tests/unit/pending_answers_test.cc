#include "tools/logbuf/server/pending_answers.h"

#include <doctest/doctest.h>

#include <limits>

using logbuf::PendingAnswers;

namespace {

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

std::string text(const std::optional<PendingAnswers::Answer>& answer) {
  if (!answer) return "none";
  return std::to_string(answer->client) + ":" + (answer->error.empty() ? std::to_string(answer->id) : answer->error);
}

}  // namespace

TEST_CASE("pending answers: each has the id of its request's last message") {
  PendingAnswers answers;
  answers.add(1, 2);
  answers.add(2, 1);
  answers.decided(3, 12, "");
  answers.safe(3);
  CHECK(text(answers.next(kAll)) == "1:11");
  CHECK(text(answers.next(kAll)) == "2:12");
  CHECK(answers.empty());
}

TEST_CASE("pending answers: none is given before its messages are safe") {
  PendingAnswers answers;
  answers.add(1, 2);
  answers.decided(2, 2, "");
  answers.safe(1);
  CHECK(text(answers.next(kAll)) == "none");
  answers.safe(2);
  CHECK(text(answers.next(kAll)) == "1:2");
}

TEST_CASE("pending answers: none is given before replicas have its messages") {
  PendingAnswers answers;
  answers.add(1, 1);
  answers.add(2, 1);
  answers.decided(2, 6, "");
  answers.safe(2);
  CHECK(text(answers.next(5)) == "1:5");
  CHECK(text(answers.next(5)) == "none");
  CHECK(text(answers.next(6)) == "2:6");
}

TEST_CASE("pending answers: an error waits for no replica, and is that of its messages only") {
  PendingAnswers answers;
  for (std::uint64_t client = 1; client <= 3; ++client) answers.add(client, 1);
  answers.decided(1, 1, "");
  answers.decided(1, 1, "ERR buffer is full");
  answers.decided(1, 2, "");
  answers.safe(3);
  CHECK(text(answers.next(1)) == "1:1");
  CHECK(text(answers.next(1)) == "2:ERR buffer is full");
  CHECK(text(answers.next(1)) == "none");
}

TEST_CASE("pending answers: a client that is gone gets none, and the others keep theirs") {
  PendingAnswers answers;
  answers.add(1, 1);
  answers.add(2, 1);
  answers.add(1, 1);
  answers.decided(1, 1, "");
  answers.decided(1, 3, "");
  answers.decided(1, 5, "");
  answers.safe(3);
  answers.forget(1);
  CHECK(text(answers.next(kAll)) == "2:3");
  CHECK(answers.empty());
}

TEST_CASE("pending answers: what was stored and not answered can be failed later") {
  PendingAnswers answers;
  answers.add(1, 1);
  answers.add(2, 1);
  answers.decided(2, 2, "");
  answers.safe(2);
  CHECK(text(answers.next(1)) == "1:1");
  answers.fail_stored("ERR read only");
  CHECK(text(answers.next(1)) == "2:ERR read only");
}
