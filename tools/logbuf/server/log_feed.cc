#include "tools/logbuf/server/log_feed.h"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "codec/logd_reply.h"

namespace logbuf {
namespace {

constexpr std::size_t kPiece = kMaxChunkPayload;  // checksums are of whole chunks

std::uint64_t nanoseconds(base::WallTime time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

// The messages of a batch as READ gives them, or as REPLICATE does.
void append_messages(std::string& out, const stream::Batch& batch, const std::vector<Run>& runs, bool timed) {
  auto run = runs.begin();
  std::uint32_t index = 0;
  batch.for_each([&](std::size_t, std::string_view message) {
    if (index == run->count) {
      ++run;
      index = 0;
    }
    const std::uint64_t id = run->first_id + index++;
    timed ? codec::append_logd_timed_message(out, id, nanoseconds(run->accepted), message)
          : codec::append_logd_message(out, id, message);
  });
}

// The messages that come next, about `limit` bytes of them, as READ gives them.
struct Piece {
  std::string text;
  std::size_t messages = 0;
  std::uint64_t first = 0;  // the id of the first one
  Range passed;             // read, or found missing; empty: there is nothing more now
};

base::Result<Piece> next_piece(Buffer& buffer, const base::Report& report, const Reading& reading, std::size_t limit) {
  Range range{reading.next, std::numeric_limits<std::uint64_t>::max()};
  if (reading.left) range.last = reading.next + std::min(*reading.left, range.last - reading.next) - 1;
  const auto skip = [&](const Damage& damage) {
    report(base::Level::error, "read buffer " + buffer.path() + ": messages " + std::to_string(damage.range.first) +
                                   "-" + std::to_string(damage.range.last) + " are damaged and left out");
    return true;
  };
  stream::Batch batch;
  std::vector<Run> runs;
  Piece piece;
  piece.passed = range;
  if (!range.empty()) piece.passed = TRY(buffer.read(range, false, std::min(kPiece, limit), batch, skip, &runs));
  append_messages(piece.text, batch, runs, reading.timed);
  piece.messages = batch.count();
  if (!runs.empty()) piece.first = runs.front().first_id;
  return piece;
}

}  // namespace

base::Result<bool> feed_some(Buffer& buffer, const base::Report& report, Client& client, std::size_t limit) {
  Reading& reading = *client.reading;
  const Piece piece = TRY(next_piece(buffer, report, reading, limit));
  if (reading.begun > 0 && piece.first != reading.next)
    return base::fail(base::Kind::data, "serve " + client.peer(),
                      "message " + std::to_string(reading.next) + " was deleted while it was sent");
  std::string_view rest = std::string_view(piece.text).substr(reading.begun);
  if (piece.messages == 1 && rest.size() > limit) {  // the rest of it is read again when this is sent
    rest = rest.substr(0, limit);
    client.output().append(rest);
    reading.begun += rest.size();
    return true;
  }
  reading.begun = 0;
  client.output().append(rest);
  if (reading.left) *reading.left -= piece.messages;
  if (!piece.passed.empty()) reading.next = piece.passed.last + 1;
  const bool last = reading.left && (piece.passed.empty() || *reading.left == 0);
  if (!last) return !piece.passed.empty();
  client.answer("+EOF");
  client.reading.reset();
  client.close_after_answers();
  return false;
}

}  // namespace logbuf
