#include "codec/logd_reply.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/random.h"

namespace {

using codec::LogdReply;
using codec::LogdReplyReader;
using Bodies = LogdReplyReader::Bodies;

// Every reply in one line of text, the last one "error" when an error ended it.
std::vector<std::string> read(std::string_view bytes, std::size_t piece, Bodies bodies) {
  LogdReplyReader reader(1000);
  reader.expect(bodies);
  std::vector<std::string> replies;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    const std::string part(bytes.substr(0, piece));
    std::string_view rest = part;
    for (LogdReply reply;;) {
      const auto whole = reader.next(rest, reply);
      if (!whole) {
        replies.emplace_back("error");
        return replies;
      }
      if (!*whole) break;
      constexpr const char* kNames[] = {"ok", "error", "client", "message", "end"};
      std::string text = kNames[static_cast<int>(reply.kind)];
      if (reply.kind == LogdReply::Kind::message)
        text += ' ' + std::to_string(reply.id) + ' ' + std::to_string(reply.time);
      replies.push_back(text + " <" + std::string(reply.text) + ">");
    }
  }
  return replies;
}

void check_all_pieces(const std::string& bytes, Bodies bodies, const std::vector<std::string>& expected) {
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    CAPTURE(piece);
    CHECK(read(bytes, piece, bodies) == expected);
  }
}

}  // namespace

TEST_CASE("logd replies are read in pieces of any size") {
  check_all_pieces("OK 17\r\nOK\r\nERR\r\nERR not found\r\nERR_CLIENT invalid request\r\nPONG\r\n", Bodies::none,
                   {"ok <17>", "ok <>", "error <>", "error <not found>", "client <invalid request>", "ok <>"});
  check_all_pieces("OK\r\n+1 5 first\r\n+2 4 \r\n\r\n\r\n+3 0 \r\n+EOF\r\n", Bodies::messages,
                   {"ok <>", "message 1 0 <first>", "message 2 0 <\r\n\r\n>", "message 3 0 <>", "end <>"});
  check_all_pieces("OK u 1 2\r\n+1 1700000000000000000 3 abc\r\nERR gone\r\n", Bodies::timed_messages,
                   {"ok <u 1 2>", "message 1 1700000000000000000 <abc>", "error <gone>"});
  check_all_pieces("OK 11 a: 1\r\nb: 2\r\n\r\nOK 0 \r\n", Bodies::stats, {"error"});
  check_all_pieces("OK 12 a: 1\r\nb: 2\r\n\r\nERR\r\n", Bodies::stats, {"ok <a: 1\r\nb: 2\r\n>", "error <>"});
}

TEST_CASE("what is no logd reply is an error") {
  for (const std::string_view damaged : {"HELLO\r\n", "\r\n", "+1 x\r\n", "+1 2000 a", "+x 1 a\r\n", "+1 1 abc\r\n",
                                         "+99999999999999999999999 1 a\r\n", "OKAY\r\n"})
    for (const std::size_t piece : {1, 2, 1000}) {
      CAPTURE(damaged);
      CHECK(read("OK\r\n" + std::string(damaged), piece, Bodies::messages) ==
            std::vector<std::string>{"ok <>", "error"});
    }
  CHECK(read(std::string(5000, 'O'), 100, Bodies::none) == std::vector<std::string>{"error"});
}

TEST_CASE("whatever comes, a reader of logd replies gives the same in any pieces") {
  unit::Random random;
  const std::vector<std::string> scraps = {
      "OK", " ", "1", "23", "\r\n", "+", "+EOF\r\n", "ERR", "+4 3 abc\r\n", "+5 99 3 xyz\r\n", "\r", "\n"};
  for (int round = 0; round < 20000; ++round) {
    std::string bytes;
    while (random() % 12 != 0) bytes += scraps[random() % scraps.size()];
    const auto bodies = static_cast<Bodies>(random() % 4);
    CHECK(read(bytes, bytes.size() + 1, bodies) == read(bytes, 1 + random() % 7, bodies));
  }
}

TEST_CASE("logd messages are written as they are read") {
  std::string bytes;
  codec::append_logd_message(bytes, 7, "a\r\nb");
  CHECK(bytes == "+7 4 a\r\nb\r\n");
  bytes.clear();
  codec::append_logd_timed_message(bytes, 18446744073709551615U, 1, "");
  CHECK(bytes == "+18446744073709551615 1 0 \r\n");
}

TEST_CASE("a number of too many digits is an error, however it comes") {
  const std::string bytes = "+" + std::string(30, '0') + "1 1 a\r\n";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{8}, bytes.size()}) {
    codec::LogdReplyReader reader(100);
    reader.expect(codec::LogdReplyReader::Bodies::messages);
    bool failed = false;
    for (std::size_t at = 0; at < bytes.size() && !failed; at += piece) {
      std::string_view part = std::string_view(bytes).substr(at, piece);
      codec::LogdReply reply;
      failed = !reader.next(part, reply);
    }
    CHECK(failed);
  }
}

TEST_CASE("a statistic is found by its whole name") {
  const std::string_view body = "total_head: 1\r\nhead: 12\r\nlog: a: b\r\nepoch: ";
  CHECK(codec::logd_statistic(body, "head") == "12");
  CHECK(codec::logd_statistic(body, "log") == "a: b");
  CHECK(codec::logd_statistic(body, "epoch").empty());
  CHECK(codec::logd_statistic(body, "hea").empty());
  CHECK(codec::logd_statistic("", "head").empty());
}
