#include "tools/logbuf/stat/view.h"

namespace logbuf {
namespace {

// Of no interest where there is one machine.
std::string mastership_text(const BufferView& view) {
  if (view.mastership == Mastership{} && view.replicas.empty()) return {};
  std::string text = std::string("  ") + view.role() + " in epoch " + std::to_string(view.mastership.epoch) +
                     " of log " + view.log() +
                     (view.mastership.accepts ? "" : ", takes no messages: " + view.mastership.reason) + "\n";
  for (const ReplicaView& replica : view.replicas) {
    text += "  replica " + replica.note.name + " (" + replica.note.address + "): confirmed to " +
            std::to_string(replica.note.confirmed) + ", ";
    text += replica.messages == 0
                ? "all there is"
                : base::count_of(replica.messages, "message") + " and " +
                      base::format_duration(std::chrono::floor<std::chrono::seconds>(replica.time)) + " behind";
    text += "; heard of at " + base::format_time(replica.note.heard) + "\n";
  }
  return text;
}

std::string retention_text(const Limits& limits) {
  std::string text;
  if (limits.retain_size.count > 0) text += " up to " + base::format_bytes(limits.retain_size);
  if (limits.retain_time.count() > 0)
    text += (text.empty() ? " for " : " or for ") + base::format_duration(limits.retain_time);
  return text.empty() ? text : "  acknowledged messages are kept" + text + "\n";
}

// Of no interest where nothing is compressed.
std::string compression_text(const State& state) {
  if (state.limits.compression == Compression::none && state.plain_bytes == state.bytes) return {};
  std::string text = "  new messages are compressed: " + std::string(compression_name(state.limits.compression));
  if (state.bytes > 0) {
    const std::uint64_t tenths = (state.plain_bytes * 10 + state.bytes / 2) / state.bytes;
    text += "; " + base::format_bytes({state.plain_bytes}) + " take " + base::format_bytes({state.bytes}) + " (" +
            std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " to 1)";
  }
  return text + "\n";
}

}  // namespace

std::string to_text(const BufferView& view) {
  const State& state = view.state;
  std::string text = view.path + ": " + base::count_of(state.messages, "message") + ", " +
                     base::format_bytes({state.bytes}) + " of " + base::format_bytes(state.limits.max_size) + " (" +
                     std::string(when_full_name(state.limits.when_full)) + " when full), file " +
                     base::format_bytes(view.file) + " (at most " + base::format_bytes(file_limit(state.limits)) +
                     ")\n" + retention_text(state.limits) + compression_text(state);
  if (state.messages > 0)
    text += "  ids " + std::to_string(view.oldest) + "-" + std::to_string(state.head()) + ", accepted " +
            (view.oldest_time ? base::format_time(*view.oldest_time) : "?") + " to " +
            base::format_time(state.last_accepted) + "\n";
  for (const ConsumerView& consumer : view.consumers) {
    text += "  consumer " + consumer.name + ": " + std::to_string(consumer.ready) + " ready, " +
            std::to_string(consumer.backlog) + " in backlog" +
            (consumer.abandoned > 0 ? " (" + std::to_string(consumer.abandoned) + " of a process that is gone)" : "") +
            ", acknowledged to " + std::to_string(consumer.floor);
    if (consumer.oldest) text += ", the oldest unacknowledged " + base::format_duration(consumer.age()) + " old";
    text += consumer.lost > 0 ? ", " + std::to_string(consumer.lost) + " lost\n" : "\n";
  }
  if (view.consumers.empty()) text += "  no consumer yet: everything is kept\n";
  for (const auto& [name, origin] : view.origins)
    text += "  origin " + name + ": taken to " + std::to_string(origin.last) + "\n";
  text += mastership_text(view);
  if (state.dropped_newest > 0) text += "  dropped because full: " + std::to_string(state.dropped_newest) + " newest\n";
  if (state.dropped_oldest > 0)
    text += "  deleted unacknowledged: " + std::to_string(state.dropped_oldest) + " oldest\n";
  if (state.damaged > 0) text += "  damaged and set aside: " + std::to_string(state.damaged) + "\n";
  return text;
}

}  // namespace logbuf
