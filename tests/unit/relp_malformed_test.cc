// Damaged RELP streams by the ten thousand; tests/malformed.bats asks for more.
#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

#include "base/quote.h"
#include "codec/relp_client.h"
#include "codec/relp_server.h"
#include "malformed.h"
#include "tests/unit/random.h"

using namespace std::string_view_literals;
using codec::RelpReader;

namespace {

constexpr std::size_t kMaxMessage = 10;
constexpr std::size_t kWindow = 4;

constexpr std::array kClientSays = {"2 syslog 3 one\n"sv,
                                    "3 syslog 12 hello, world\n"sv,
                                    "4 oops 1 a\n"sv,
                                    "5 syslog 0\n"sv,
                                    "0 tellme 2 hi\n"sv,
                                    "999999999 syslog 5 a\nb\n\n\n"sv,
                                    "6 close 0\n"sv,
                                    "1 open 30 relp_version=0\ncommands=syslog\n"sv,
                                    "7 syslog 999999999 endless"sv};
constexpr std::array kServerSays = {
    "2 rsp 6 200 OK\n"sv,  "3 rsp 6 200 OK\n"sv, "4 rsp 12 500 disk full\n"sv, "5 rsp 6 200 OK\n"sv, "1 rsp 0\n"sv,
    "0 serverclose 0\n"sv, "3 rsp 3 abc\n"sv,    "900000000 rsp 3 200\n"sv,    "2 syslog 1 a\n"sv};
constexpr std::string_view kOpen = "1 open 30 relp_version=0\ncommands=syslog\n";
constexpr std::string_view kOffers = "1 rsp 22 200 OK\ncommands=syslog\n";

class Stream {
 public:
  template <class Frames>
  std::string next(std::string_view first, const Frames& frames) {
    std::string bytes(first);
    for (std::size_t left = 1 + random.below(6); left > 0; --left) bytes += random.pick(frames);
    for (std::size_t damage = random.below(4); damage > 0; --damage) mutate(bytes);
    return bytes;
  }

  unit::Random random;

 private:
  void mutate(std::string& bytes) {
    const std::size_t at = random.below(bytes.size());
    switch (random.below(4)) {
      case 0:
        bytes.erase(at, random.below(6));
        return;
      case 1:
        bytes.insert(at, "9999999999");
        return;
      default:
        if (!bytes.empty()) bytes[at] = "0123456789 \nsx\0\xff"[random.below(16)];
    }
  }
};

template <class Feed>
void in_pieces(std::string_view bytes, std::size_t piece, Feed&& feed) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    if (!feed(bytes.substr(0, piece))) return;
}

// All frames in one text; where they are divided, put together again.
std::string read(std::string_view bytes, std::size_t piece, RelpReader::Longer longer) {
  RelpReader reader(kMaxMessage, longer);
  std::string all;
  bool within = false;
  in_pieces(bytes, piece, [&](std::string_view part) {
    codec::RelpFrame frame;
    for (;;) {
      const auto found = reader.next(part, frame);
      if (!found) all += "damage";
      if (!found || !*found) return found.has_value();
      if (!within) all += std::to_string(frame.txnr) + " " + std::string(frame.command) + " ";
      all += frame.data;
      within = frame.more;
      if (!within) all += "\n";
    }
  });
  return all;
}

// Says what is broken, empty if nothing is.
std::string_view serve(std::string_view bytes, std::size_t piece) {
  codec::RelpServer server({.max_message = kMaxMessage});
  stream::Batch batch;
  in_pieces(bytes, piece, [&](std::string_view part) {
    const bool fine = server.feed(part, batch, batch.count()).has_value();
    if (piece % 3 == 0) (void)server.reject(batch.count(), "why");
    if (piece % 2 == 0) server.acknowledge(batch.count());
    return fine;
  });
  server.shut();
  server.acknowledge(batch.count());
  if (server.unanswered() > 0) return "a message has no answer";
  if (!server.finished() || server.pending() > 0) return "the session does not end";
  bool too_long = false;
  batch.for_each([&](std::size_t, std::string_view message) { too_long = too_long || message.size() > kMaxMessage; });
  return too_long ? "a message is too long" : "";
}

std::string_view be_client(const stream::Batch& batch, std::string_view bytes, std::size_t piece) {
  codec::RelpClient client({.window = kWindow}, [](const codec::Rejection&) { return codec::Settlement::settled; });
  client.append(batch);
  client.open();
  in_pieces(bytes, piece, [&](std::string_view part) {
    client.sent(client.output().size());
    return client.feed(part).has_value();
  });
  if (client.unanswered() > kWindow) return "more than a window is sent";
  return client.backlog().safe() > batch.count() ? "more is safe than there is" : "";
}

}  // namespace

TEST_CASE("whatever comes from a RELP client gives the same frames in any pieces, and an end of the session") {
  Stream stream;
  for (std::size_t left = malformed::wanted(20'000); left > 0; --left) {
    const std::string bytes = stream.next(kOpen, kClientSays);
    const std::size_t piece = 1 + stream.random.below(60);
    const auto longer = left % 2 == 0 ? RelpReader::Longer::divide : RelpReader::Longer::refuse;
    if (read(bytes, bytes.size(), longer) != read(bytes, piece, longer))
      FAIL("other frames in pieces of ", piece, ": ", base::quote(bytes, 1000));
    const std::string_view broken = serve(bytes, piece);
    if (!broken.empty()) FAIL(std::string(broken), " in pieces of ", piece, ": ", base::quote(bytes, 1000));
  }
}

TEST_CASE("whatever comes from a RELP server, a client stays within its window") {
  Stream stream;
  stream::Batch batch;
  for (int i = 0; i < 10; ++i) batch.append("message");
  for (std::size_t left = malformed::wanted(20'000); left > 0; --left) {
    const std::string bytes = stream.next(kOffers, kServerSays);
    const std::size_t piece = 1 + stream.random.below(60);
    const std::string_view broken = be_client(batch, bytes, piece);
    if (!broken.empty()) FAIL(std::string(broken), " in pieces of ", piece, ": ", base::quote(bytes, 1000));
  }
}
