#include "tools/logredis/feed/range_feed.h"

#include <algorithm>

#include "tools/logredis/list/list_script.h"
#include "tools/logredis/stream/stream_claim.h"
#include "tools/logredis/stream/stream_script.h"

namespace logredis {
namespace {

Chunk the_end() {
  Chunk chunk;
  chunk.last = true;
  return chunk;
}

}  // namespace

void ListRange::take(Want want, OnChunk on_chunk) {
  if (next_ > last_) return on_chunk(the_end());
  const std::string position = std::to_string(next_ - 1);
  const std::string count = std::to_string(std::min(want.count, last_ - next_ + 1));
  const std::string bytes = std::to_string(want.bytes);
  session_.run(kListScript.on(session_), {keys_.queue()}, {"read", "0", position, count, bytes},
               [this, on_chunk = std::move(on_chunk)](const redis::Reply& reply) {
                 if (reply.is_error()) return on_chunk(tl::unexpected(session_.error(reply, "read " + keys_.queue())));
                 Chunk chunk;
                 for (std::size_t i = 0; i < reply.size(); ++i, ++next_) {
                   const Id id{0, next_};
                   chunk.ids.append(id);
                   if (ids_)
                     chunk.messages.append(id.text(), reply[i].text());
                   else
                     chunk.messages.append(reply[i].text());
                 }
                 chunk.again = !chunk.ids.empty();
                 chunk.last = !chunk.again || next_ > last_;
                 on_chunk(std::move(chunk));
               });
}

// Never used: positions in a list move.
redis::Command ListRange::wait_command(base::Duration) const {
  return redis::Command("PING");
}

base::Result<void> StreamRange::open() {
  if (options_.follow) return {};
  const auto info = session_.ask(redis::Command("XINFO").add("STREAM").add(keys_.queue()), options_.patience);
  if (!info) return {};  // there is no stream: read() gives nothing
  const Id newest = TRY(parse_id(info->value_of("last-generated-id").text()));
  options_.last = std::min(options_.last, newest);
  return {};
}

void StreamRange::take(Want want, OnChunk on_chunk) {
  const std::string last = options_.last.text();
  const std::string count = std::to_string(want.count);
  const std::string bytes = std::to_string(want.bytes);
  const std::string rewound = keys_.rewound();
  session_.run(kStreamScript.on(session_), {keys_.queue(), rewound}, {"read", "", next_, last, count, bytes},
               [this, on_chunk = std::move(on_chunk)](const redis::Reply& reply) {
                 if (reply.is_error()) return on_chunk(tl::unexpected(session_.error(reply, "read " + keys_.queue())));
                 Chunk chunk;
                 if (const auto read = append_entries(reply, options_.ids, chunk); !read)
                   return on_chunk(tl::unexpected(read.error()));
                 if (!chunk.ids.empty()) {
                   seen_ = chunk.ids.runs().back().last().text();
                   next_ = "(" + seen_;
                 }
                 chunk.again = !chunk.ids.empty();
                 chunk.last = !chunk.again && !options_.follow;
                 on_chunk(std::move(chunk));
               });
}

redis::Command StreamRange::wait_command(base::Duration patience) const {
  redis::Command command("XREAD");
  command.add("COUNT").add("1").add("BLOCK").add(redis::milliseconds(patience)).add("STREAMS");
  command.add(keys_.queue()).add(seen_ == "0-0" ? options_.first.text() : seen_);
  return command;
}

}  // namespace logredis
