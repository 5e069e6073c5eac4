#include "codec/relp_frame.h"

#include <doctest/doctest.h>

#include <vector>

using codec::RelpFrame;
using codec::RelpReader;

namespace {

constexpr std::string_view kStream =
    "1 open 35 relp_version=0\ncommands=syslog,x\nab\n"
    "2 syslog 4 a\nb\n\n"
    "3 syslog 0\n"
    "4 close 0 \n"
    "0 serverclose 0\n"
    "999999999 rsp 6 200 OK\n";

struct Taken {
  std::vector<std::string> frames;  // "TXNR COMMAND DATA"
  std::string error;
};

void take_all(RelpReader& reader, std::string_view bytes, Taken& taken) {
  RelpFrame frame;
  for (;;) {
    const auto found = reader.next(bytes, frame);
    if (!found) taken.error = found.error().why;
    if (!found || !*found) return;
    taken.frames.push_back(std::to_string(frame.txnr) + " " + std::string(frame.command) + " " +
                           std::string(frame.data) + (frame.more ? "..." : ""));
  }
}

Taken read_in_pieces(std::string_view bytes, std::size_t piece, std::size_t max_data = 100,
                     RelpReader::Longer longer = RelpReader::Longer::refuse) {
  RelpReader reader(max_data, longer);
  Taken taken;
  for (; !bytes.empty() && taken.error.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    take_all(reader, bytes.substr(0, piece), taken);
  return taken;
}

std::string error_of(std::string_view bytes) {
  std::string at_once = read_in_pieces(bytes, bytes.size()).error;
  CHECK(read_in_pieces(bytes, 1).error.empty() == at_once.empty());
  return at_once;
}

std::string written(std::uint32_t txnr, std::string_view command, std::string_view data) {
  std::string out;
  codec::append_relp_frame(out, txnr, command, data);
  return out;
}

}  // namespace

TEST_CASE("relp frame: a stream is cut into frames") {
  const Taken taken = read_in_pieces(kStream, kStream.size());
  CHECK(taken.error.empty());
  CHECK(taken.frames == std::vector<std::string>{"1 open relp_version=0\ncommands=syslog,x\nab", "2 syslog a\nb\n",
                                                 "3 syslog ", "4 close ", "0 serverclose ", "999999999 rsp 200 OK"});
}

TEST_CASE("relp frame: the pieces in which bytes come do not matter") {
  const Taken whole = read_in_pieces(kStream, kStream.size());
  for (std::size_t piece = 1; piece < kStream.size(); ++piece) {
    CAPTURE(piece);
    CHECK(read_in_pieces(kStream, piece).frames == whole.frames);
  }
}

TEST_CASE("relp frame: writes what librelp writes") {
  CHECK(written(1, "syslog", "hello") == "1 syslog 5 hello\n");
  CHECK(written(999'999'999, "close", "") == "999999999 close 0\n");
  CHECK(written(0, "serverclose", "") == "0 serverclose 0\n");
  std::string out;
  codec::append_relp_ok(out, 7);
  codec::append_relp_ok(out, 999'999'999);
  CHECK(out == "7 rsp 6 200 OK\n999999999 rsp 6 200 OK\n");
}

TEST_CASE("relp frame: what is written is read back") {
  std::string bytes;
  for (const std::size_t size : {0, 1, 9, 10, 99, 100}) bytes += written(5, "syslog", std::string(size, '\n'));
  const Taken taken = read_in_pieces(bytes, 3);
  CHECK(taken.error.empty());
  CHECK(taken.frames.size() == 6);
  CHECK(taken.frames.back() == "5 syslog " + std::string(100, '\n'));
}

TEST_CASE("relp frame: transaction numbers count to 999999999 and start again at 1") {
  CHECK(codec::next_relp_txnr(1) == 2);
  CHECK(codec::next_relp_txnr(999'999'998) == 999'999'999);
  CHECK(codec::next_relp_txnr(999'999'999) == 1);
}

TEST_CASE("relp frame: damage is told precisely") {
  CHECK(error_of("GET / HTTP/1.1\r\n") ==
        "a transaction number of one to nine digits is missing: \"GET / HTTP/1.1\\x0d\\x0a\"");
  CHECK(error_of("1234567890 syslog 1 a\n").starts_with("a transaction number of one to nine digits"));
  CHECK(error_of("1\tsyslog 1 a\n").starts_with("no space after the transaction number"));
  CHECK(error_of("1  1 a\n").starts_with("a command of one to 32 letters"));
  CHECK(error_of("1 sys-log 1 a\n").starts_with("a command of one to 32 letters"));
  CHECK(error_of("1 " + std::string(33, 'x') + " 1 a\n").starts_with("a command of one to 32 letters"));
  CHECK(error_of("1 syslog x\n").starts_with("a data length of one to nine digits"));
  CHECK(error_of("1 close \n").starts_with("a data length of one to nine digits"));
  CHECK(error_of("1 syslog 1000000000000 a\n").starts_with("a data length of one to nine digits"));
  CHECK(error_of("1 syslog 1\na\n").starts_with("no space after the data length"));
  CHECK(error_of("1 syslog 101 ").starts_with("the data of 101 bytes is over the limit of 100"));
  CHECK(error_of("1 syslog 1 ab\n").starts_with("no LF after 1 bytes of data"));
  CHECK(error_of("1 close 0x\n").starts_with("no LF after 0 bytes of data"));
}

TEST_CASE("relp frame: the longest header is read") {
  const std::string bytes = "000000001 " + std::string(32, 'x') + " 000000001 a\n";
  CHECK(read_in_pieces(bytes, 1).frames == std::vector<std::string>{"1 " + std::string(32, 'x') + " a"});
}

TEST_CASE("relp frame: an error is final") {
  RelpReader reader(100);
  Taken taken;
  take_all(reader, "1 syslog 1 a\nnonsense", taken);
  CHECK(taken.frames.size() == 1);
  CHECK_FALSE(taken.error.empty());
  take_all(reader, "2 syslog 1 a\n", taken);
  CHECK(taken.frames.size() == 1);
}

TEST_CASE("relp frame: what waits for its end is no more than one frame") {
  RelpReader reader(1000);
  Taken taken;
  take_all(reader, "1 syslog 5 hello\n2 syslog 1000 " + std::string(600, 'x'), taken);
  CHECK(taken.frames.size() == 1);
  CHECK(reader.pending() == 614);
  take_all(reader, std::string(400, 'x') + "\n3 sys", taken);
  CHECK(taken.frames.size() == 2);
  CHECK(reader.pending() == 5);
}

TEST_CASE("relp frame: where it is asked for, longer data comes in parts") {
  std::string bytes =
      "1 syslog 25 aaaaaaaaaabbbbbbbbbbccccc\n2 syslog 10 dddddddddd\n3 syslog 20 eeeeeeeeeeffffffffff\n4 close 0\n";
  const std::vector<std::string> wanted{
      "1 syslog aaaaaaaaaa...", "1 syslog bbbbbbbbbb...", "1 syslog ccccc", "2 syslog dddddddddd",
      "3 syslog eeeeeeeeee...", "3 syslog ffffffffff",    "4 close "};
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    CAPTURE(piece);
    const Taken taken = read_in_pieces(bytes, piece, 10, RelpReader::Longer::divide);
    CHECK(taken.error.empty());
    CHECK(taken.frames == wanted);
  }
}

TEST_CASE("relp frame: of longer data no more than a part is kept") {
  RelpReader reader(1000, RelpReader::Longer::divide);
  Taken taken;
  take_all(reader, "1 syslog 999999999 " + std::string(700, 'x'), taken);
  CHECK(reader.pending() == 700);
  take_all(reader, std::string(2500, 'x'), taken);
  CHECK(taken.frames.size() == 3);
  CHECK(reader.pending() == 200);
}

TEST_CASE("relp frame: an LF that is missing after the last part is damage") {
  for (const std::size_t piece : {1, 7, 100}) {
    const Taken taken = read_in_pieces("1 syslog 12 aaaaaaaaaabbx2 close 0\n", piece, 10, RelpReader::Longer::divide);
    CHECK(taken.frames == std::vector<std::string>{"1 syslog aaaaaaaaaa..."});
    CHECK(taken.error.starts_with("no LF after 2 bytes of data"));
  }
}
