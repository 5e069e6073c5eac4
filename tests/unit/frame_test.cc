#include "stream/frame.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/random.h"

using namespace std::string_literals;
using base::Kind;
using stream::Batch;
using stream::FrameFormat;
using stream::FrameReader;
using stream::Framing;

namespace {

constexpr FrameFormat kLine{Framing::line, false};
constexpr FrameFormat kLineIds{Framing::line, true};
constexpr FrameFormat kNul{Framing::nul, false};
constexpr FrameFormat kNulIds{Framing::nul, true};
constexpr FrameFormat kOctet{Framing::octet, false};
constexpr FrameFormat kOctetIds{Framing::octet, true};
constexpr FrameFormat kAll[] = {kLine, kLineIds, kNul, kNulIds, kOctet, kOctetIds};

using Message = std::pair<std::string, std::string>;  // id, message
using Messages = std::vector<Message>;

struct Reading {
  Messages messages;
  std::uint64_t split = 0;
  bool has_inner_lf = false;
  std::string error;  // empty: none
};

Messages messages_of(const Batch& batch) {
  Messages all;
  batch.for_each(
      [&](std::size_t i, std::string_view m) { all.emplace_back(std::string(batch.id(i)), std::string(m)); });
  return all;
}

// Reads the input in pieces of `size` bytes, to the end.
Reading read(FrameFormat format, std::string_view input, std::size_t size = std::string_view::npos,
             std::size_t max_message = stream::kDefaultMaxMessage) {
  FrameReader reader(format, max_message);
  Batch batch;
  base::Result<void> result;
  while (result && !input.empty()) {
    const std::string piece(input.substr(0, size));  // a copy, so that sanitizers see reads beyond it
    input.remove_prefix(piece.size());
    result = reader.feed(piece, batch);
    if (max_message > 0) CHECK(reader.pending() <= max_message + stream::kMaxIdLength + 1);
  }
  if (result) result = reader.finish(batch);
  if (!result) CHECK(result.error().kind == Kind::data);
  return {messages_of(batch), reader.split(), batch.has_inner_lf(), result ? "" : result.error().text()};
}

Messages plain(std::initializer_list<std::string> texts) {
  Messages all;
  for (const auto& text : texts) all.emplace_back("", text);
  return all;
}

std::string encode(FrameFormat format, const Messages& messages) {
  Batch batch;
  for (const auto& [id, message] : messages) format.ids ? batch.append(id, message) : batch.append(message);
  std::string out;
  stream::append_frames(out, format, batch);
  return out;
}

// However the input is cut into two, and byte by byte, the same comes out.
void check_every_split(FrameFormat format, const std::string& input, const Messages& expected,
                       std::size_t max_message = stream::kDefaultMaxMessage) {
  CAPTURE(stream::framing_name(format.framing));
  CAPTURE(format.ids);
  CHECK(read(format, input, 1, max_message).messages == expected);
  for (std::size_t cut = 0; cut <= input.size(); ++cut) {
    FrameReader reader(format, max_message);
    Batch batch;
    REQUIRE(reader.feed(input.substr(0, cut), batch));
    REQUIRE(reader.feed(input.substr(cut), batch));
    REQUIRE(reader.finish(batch));
    CHECK(messages_of(batch) == expected);
  }
}

}  // namespace

TEST_CASE("empty input holds no messages") {
  for (const FrameFormat format : kAll) CHECK(read(format, "").messages.empty());
}

TEST_CASE("lines are cut at LF, however they come") {
  check_every_split(kLine, "one\ntwo\r\n\nfour\n", plain({"one", "two\r", "", "four"}));
}

TEST_CASE("an unterminated last line is a message") {
  check_every_split(kLine, "one\ntwo", plain({"one", "two"}));
  check_every_split(kNul, "one\0two"s, plain({"one", "two"}));
  check_every_split(kLineIds, "1\tone\n2\t", {{"1", "one"}, {"2", ""}});
}

TEST_CASE("nul framing keeps LFs and says so") {
  check_every_split(kNul, "one\ntwo\0\0three\0"s, plain({"one\ntwo", "", "three"}));
  CHECK(read(kNul, "a\nb\0"s).has_inner_lf);
  CHECK_FALSE(read(kNul, "a\0b\0"s).has_inner_lf);
}

TEST_CASE("octet framing keeps any bytes") {
  check_every_split(kOctet, "3 one0 4 \n\0\xff\n11 hello world"s, plain({"one", "", "\n\0\xff\n"s, "hello world"}));
}

TEST_CASE("lines may hold NUL and 0xFF") {
  check_every_split(kLine, "a\0b\xff\n\0\n"s, plain({"a\0b\xff"s, "\0"s}));
}

TEST_CASE("with ids the id stands before the first TAB") {
  check_every_split(kLineIds, "7\tone\ttab\n1-2\t\n", {{"7", "one\ttab"}, {"1-2", ""}});
  check_every_split(kNulIds,
                    "7\to\nne\0"s
                    "8\ttwo\0"s,
                    {{"7", "o\nne"}, {"8", "two"}});
  check_every_split(kOctetIds, "5 7\tone2 8\t", {{"7", "one"}, {"8", ""}});
}

TEST_CASE("an id of the longest length is taken, a longer one is damage") {
  const std::string longest(stream::kMaxIdLength, '9');
  check_every_split(kLineIds, longest + "\tx\n", {{longest, "x"}});
  CHECK_FALSE(read(kLineIds, longest + "9\tx\n").error.empty());
  CHECK_FALSE(read(kLineIds, longest + "9\tx\n", 1).error.empty());
}

TEST_CASE("a missing id is damage that shows what stood there") {
  for (const std::size_t size : {1, 1000}) {
    const Reading reading = read(kLineIds, "7\tgood\nno id \x01here\n8\tnever\n", size);
    CHECK(reading.messages == Messages{{"7", "good"}});
    CHECK(reading.error.starts_with("read frame: it should start with an id and a TAB, and starts with \"no"));
  }
}

TEST_CASE("ids that are no ids are damage") {
  for (const char* line : {"\tempty\n", "\n", "no-tab\n", "with space\tx\n", "with\rcr\tx\n", "no-tab"}) {
    CAPTURE(line);
    CHECK_FALSE(read(kLineIds, line).error.empty());
    CHECK_FALSE(read(kLineIds, line, 1).error.empty());
    const std::string octet = std::to_string(std::string_view(line).size()) + " " + line;
    CHECK_FALSE(read(kOctetIds, octet).error.empty());
    CHECK_FALSE(read(kOctetIds, octet, 1).error.empty());
  }
}

TEST_CASE("octet counts that are no counts are damage") {
  for (const char* input : {"x", " ", "-1 x", "007 1234567", "00 ", "3x", "3\nabc", "12345678901 ", "2147483649 ",
                            "\xff", "9999999999 ", "99999999990"}) {
    CAPTURE(input);
    for (const std::size_t size : {1, 1000}) {
      const Reading reading = read(kOctet, "2 ok"s + input, size);
      CHECK(reading.messages == plain({"ok"}));
      CHECK_FALSE(reading.error.empty());
    }
  }
}

TEST_CASE("the largest octet count is not damage by itself") {
  FrameReader reader(kOctet);
  Batch batch;
  CHECK(reader.feed("2147483648 the beginning", batch));
}

TEST_CASE("an octet count that lies is an error that says how much came") {
  const Reading reading = read(kOctet, "3 one10 four");
  CHECK(reading.messages == plain({"one"}));
  CHECK(reading.error == "read octet frame: the input ends inside it: its length says 10 bytes, 4 came");
  CHECK(read(kOctet, "3 one1").error == "read octet frame: the input ends inside its length, \"1\"");
  CHECK(read(kOctet, "5 ").error == "read octet frame: the input ends inside it: its length says 5 bytes, 0 came");
}

TEST_CASE("after an error every call fails alike") {
  FrameReader reader(kOctet);
  Batch batch;
  const auto first = reader.feed("bad", batch);
  const auto second = reader.feed("3 one", batch);
  const auto third = reader.finish(batch);
  REQUIRE_FALSE(first);
  REQUIRE_FALSE(second);
  REQUIRE_FALSE(third);
  CHECK(second.error().text() == first.error().text());
  CHECK(third.error().text() == first.error().text());
  CHECK(batch.empty());
}

TEST_CASE("a message over the maximum is split and counted once") {
  check_every_split(kLine, "abcdefghij\nok\n", plain({"abcd", "efgh", "ij", "ok"}), 4);
  check_every_split(kNul, "abcdefgh\0"s, plain({"abcd", "efgh"}), 4);
  check_every_split(kOctet, "10 abcdefghij2 ok", plain({"abcd", "efgh", "ij", "ok"}), 4);
  CHECK(read(kLine, "abcdefghij\nok\nabcde\n", 3, 4).split == 2);
}

TEST_CASE("a message of the maximum size is not split") {
  check_every_split(kLine, "abcd\n", plain({"abcd"}), 4);
  CHECK(read(kLine, "abcd\nabcd", 1, 4).split == 0);
}

TEST_CASE("of the pieces of a split message only the last has the id") {
  check_every_split(kLineIds, "7\tabcdefghij\n8\tok\n", {{"", "abcd"}, {"", "efgh"}, {"7", "ij"}, {"8", "ok"}}, 4);
  check_every_split(kOctetIds, "12 7\tabcdefghij", {{"", "abcd"}, {"", "efgh"}, {"7", "ij"}}, 4);
}

TEST_CASE("pieces of an endless line come out as it arrives") {
  FrameReader reader(kLine, 4);
  Batch batch;
  REQUIRE(reader.feed("abcdefghi", batch));
  CHECK(messages_of(batch) == plain({"abcd", "efgh"}));
  CHECK(reader.pending() == 1);
}

TEST_CASE("where a longer message breaks an agreement it is refused") {
  FrameReader reader(kOctetIds, 4, stream::Oversize::refuse);
  Batch batch;
  REQUIRE(reader.feed("6 1\tabcd", batch));
  const auto refused = reader.feed("7 2\tabcde", batch);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().why.find("over the 4 bytes") != std::string::npos);
  CHECK(messages_of(batch) == Messages{{"1", "abcd"}});
}

TEST_CASE("a line of 10 MiB is split at the default maximum, in bounded memory") {
  const std::string line(10 << 20, 'x');
  for (const FrameFormat format : {kLine, kNul, kOctet}) {
    std::string input;
    stream::append_frame(input, format, "", line);
    const Reading reading = read(format, input, 65521);
    CHECK(reading.error.empty());
    CHECK(reading.split == 1);
    CHECK(read(format, input, 65521, 0).split == 1);
    REQUIRE(reading.messages.size() == 10);
    CHECK(reading.messages[9].second.size() == 1 << 20);
  }
}

TEST_CASE("a message too long amid short lines leaves the others in order") {
  check_every_split(kLine, "a\nb\nabcdef\n\nc\nabcdefghi\nd",
                    plain({"a", "b", "abcd", "ef", "", "c", "abcd", "efgh", "i", "d"}), 4);
}

TEST_CASE("lines without LFs inside are written as they stand") {
  CHECK(encode(kLine, plain({"one", "", "two\r"})) == "one\n\ntwo\r\n");
}

TEST_CASE("line framing writes an LF inside as #012") {
  CHECK(encode(kLine, plain({"a", "\nb\n\nc", "d\n"})) == "a\n#012b#012#012c\nd#012\n");
  CHECK(encode(kLineIds, {{"7", "a\nb"}}) == "7\ta#012b\n");
}

TEST_CASE("nul framing writes a NUL inside as #000 and keeps LFs") {
  CHECK(encode(kNul, plain({"one", "a\0b"s, "c\nd"})) == "one\0a#000b\0c\nd\0"s);
  CHECK(encode(kNulIds, {{"7", "a\nb"}, {"8", "\0"s}}) ==
        "7\ta\nb\0"s
        "8\t#000\0"s);
}

TEST_CASE("octet framing counts the id and its TAB") {
  CHECK(encode(kOctet, plain({"one", "", "a\nb"})) == "3 one0 3 a\nb");
  CHECK(encode(kOctetIds, {{"17", "one"}, {"18", ""}}) == "6 17\tone3 18\t");
}

TEST_CASE("one frame is written as a batch of one is") {
  std::string out = "before";
  stream::append_frame(out, kOctetIds, "7", "one");
  stream::append_frame(out, kLine, "", "two");
  CHECK(out == "before5 7\tonetwo\n");
}

TEST_CASE("random messages come back through every framing, however they are cut") {
  unit::Random random;
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  for (int round = 0; round < 300; ++round) {
    const FrameFormat format = kAll[below(6)];
    const std::string unsafe = format.framing == Framing::line ? "\n" : format.framing == Framing::nul ? "\0"s : "";
    Messages messages;
    for (unsigned n = below(40), i = 0; i < n; ++i) {
      std::string text(below(4) == 0 ? below(300) : below(12), '\0');
      for (char& c : text) c = "\0\n\t 0a\xff\r"s[below(8)];
      std::erase_if(text, [&](char c) { return unsafe.find(c) != std::string::npos; });
      messages.emplace_back(format.ids ? std::to_string(random()) : "", text);
    }
    const Reading reading = read(format, encode(format, messages), 1 + below(700));
    CAPTURE(round);
    CHECK(reading.error.empty());
    CHECK(reading.messages == messages);
  }
}

TEST_CASE("random damage is an error or messages, never more than came in") {
  unit::Random random;
  for (int round = 0; round < 2000; ++round) {
    std::string input(random() % 60, '\0');
    for (char& c : input) c = "0123 \t\nab\0\xff\r"s[random() % 13];
    const FrameFormat format = kAll[random() % 6];
    const Reading reading = read(format, input, 1 + random() % 20, 8);
    std::size_t total = 0;
    for (const auto& [id, message] : reading.messages) total += id.size() + message.size();
    CHECK(total <= input.size());
  }
}
