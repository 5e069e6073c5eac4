#include "codec/json_object.h"
#include "tools/logbuf/stat/view.h"

namespace logbuf {
namespace {

using codec::JsonObject;

std::optional<std::string> text_of(const std::optional<base::WallTime>& time) {
  return time ? std::optional(base::format_time(*time)) : std::nullopt;
}

std::vector<JsonObject> consumers_of(const BufferView& view) {
  std::vector<JsonObject> all;
  for (const ConsumerView& consumer : view.consumers)
    all.push_back({{"name", consumer.name},
                   {"ready", consumer.ready},
                   {"backlog", consumer.backlog},
                   {"abandoned", consumer.abandoned},
                   {"acknowledged", consumer.floor},
                   {"lost", consumer.lost},
                   {"oldest_unacknowledged", text_of(consumer.oldest)},
                   {"oldest_unacknowledged_seconds", seconds(consumer.age())},
                   {"active", base::format_time(consumer.active)}});
  return all;
}

std::vector<JsonObject> origins_of(const BufferView& view) {
  std::vector<JsonObject> all;
  for (const auto& [name, origin] : view.origins)
    all.push_back({{"origin", name}, {"last_id", origin.last}, {"active", base::format_time(origin.active)}});
  return all;
}

std::vector<JsonObject> replicas_of(const BufferView& view) {
  std::vector<JsonObject> all;
  for (const ReplicaView& replica : view.replicas)
    all.push_back({{"name", replica.note.name},
                   {"address", replica.note.address},
                   {"confirmed", replica.note.confirmed},
                   {"lag_messages", replica.messages},
                   {"lag_seconds", seconds(replica.time)},
                   {"heard", base::format_time(replica.note.heard)}});
  return all;
}

}  // namespace

std::string to_json(const BufferView& view) {
  const State& state = view.state;
  const auto newest = state.messages > 0 ? std::optional(state.last_accepted) : std::nullopt;
  const JsonObject json({
      {"buffer", view.path},
      {"uuid", state.uuid},
      {"format", state.format},
      {"created", base::format_time(state.created)},
      {"messages", state.messages},
      {"bytes", state.bytes},
      {"compress", compression_name(state.limits.compression)},
      {"plain_bytes", state.plain_bytes},
      {"chunks", state.chunks},
      {"file_bytes", view.file.count},
      {"file_limit", file_limit(state.limits).count},
      {"first_id", view.oldest},
      {"next_id", state.next_id},
      {"oldest", text_of(view.oldest_time)},
      {"newest", text_of(newest)},
      {"max_size", state.limits.max_size.count},
      {"full", when_full_name(state.limits.when_full)},
      {"retain_size", state.limits.retain_size.count},
      {"retain_seconds", seconds(state.limits.retain_time)},
      {"dropped_newest", state.dropped_newest},
      {"dropped_oldest", state.dropped_oldest},
      {"damaged", state.damaged},
      {"consumers", consumers_of(view)},
      {"origins", origins_of(view)},
      {"role", view.role()},
      {"epoch", view.mastership.epoch},
      {"log", view.log()},
      {"reason", view.mastership.reason},
      {"replicas", replicas_of(view)},
  });
  return json.text();
}

}  // namespace logbuf
