// libFuzzer target (make fuzz): RELP frames, and both sides' sessions. The first byte says in what pieces the rest
// comes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec/relp_client.h"
#include "codec/relp_server.h"

namespace {

constexpr std::size_t kMaxMessage = 64;

template <class Feed>
void in_pieces(std::string_view bytes, std::size_t piece, Feed&& feed) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    if (!feed(bytes.substr(0, piece))) return;
}

void serve(std::string_view bytes, std::size_t piece) {
  codec::RelpServer server({.max_message = kMaxMessage});
  stream::Batch batch;
  in_pieces(bytes, piece, [&](std::string_view part) {
    const bool fine = server.feed(part, batch, batch.count()).has_value();
    (void)server.reject(batch.count(), "refused");
    if (piece % 2 == 0) server.acknowledge(batch.count());
    server.sent(server.output().size() / 2);
    return fine;
  });
  server.shut();
  server.acknowledge(batch.count());
  if (!server.finished() || server.unanswered() > 0) std::abort();
  batch.for_each([](std::size_t, std::string_view message) {
    if (message.size() > kMaxMessage) std::abort();
  });
}

void be_client(std::string_view bytes, std::size_t piece) {
  stream::Batch batch;
  for (int i = 0; i < 10; ++i) batch.append("message");
  codec::RelpClient client({.window = 4}, [](const codec::Rejection& rejection) {
    if (rejection.message != "message") std::abort();
    return codec::Settlement::settled;
  });
  client.append(batch);
  client.open();
  const auto hear = [&](std::string_view part) {
    client.sent(client.output().size());
    return client.feed(part).has_value();
  };
  constexpr std::string_view kOffers = "1 rsp 22 200 OK\ncommands=syslog\n";
  if (piece % 2 == 1) (void)hear(kOffers);
  in_pieces(bytes, piece, hear);
  if (client.unanswered() > 4 || client.backlog().safe() > batch.count()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = data[0] == 0 ? size : data[0];
  serve(bytes, piece);
  be_client(bytes, piece);
  return 0;
}
