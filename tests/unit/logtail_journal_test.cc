#include <doctest/doctest.h>

#include <string>

#include "tools/logtail/journal/entry.h"
#include "tools/logtail/journal/journal_tail.h"

using logtail::JournalIdentity;

TEST_CASE("an entry's own fields are taken once, and what they cannot be stays an open field") {
  logtail::Entry entry;
  std::string json;
  for (int round = 0; round < 2; ++round) {
    json.clear();
    entry.begin(1764400000000001);
    for (const char* field :
         {"MESSAGE=one", "MESSAGE=two", "PRIORITY=9", "SYSLOG_FACILITY=4", "SYSLOG_PID=7", "_PID=8", "NOVALUE"})
      entry.add(field);
    entry.append_json(json);
  }
  CHECK(json == R"({"timestamp":"2025-11-29T07:06:40.000001Z","procid":"7","facility":"auth","message":"one",)"
                R"("MESSAGE":"two","PRIORITY":"9","SYSLOG_PID":"7","_PID":"8","NOVALUE":""})");
}

TEST_CASE("a journal's identity is what its text says") {
  const JournalIdentity piece{{3, "s=a;i=3"}, logtail::JournalMark{9, "s=a;i=9"}};
  CHECK(piece.text() == "3,s=a;i=3,9,s=a;i=9");
  for (const std::string text : {"0,", "3,s=a;i=3", "3,s=a;i=3,9,s=a;i=9"}) {
    const auto parsed = logtail::parse_journal_identity(text);
    REQUIRE(parsed);
    CHECK(parsed->text() == text);
  }
  for (const char* wrong : {"", "3", "x,s", "3,a,4", "3,a,x,b", "3,a,4,b,5"})
    CHECK_FALSE(logtail::parse_journal_identity(wrong));
}

TEST_CASE("a journal is known by its directory, namespace and matches, in whatever order they are given") {
  CHECK(logtail::name_of({"", "", {"B=2", "A=1"}}) == logtail::name_of({"", "", {"A=1", "B=2"}}));
  CHECK(logtail::name_of({"/j", "", {}}) != logtail::name_of({"", "", {}}));
  CHECK(logtail::name_of({"", "x", {}}) != logtail::name_of({"", "", {}}));
}
