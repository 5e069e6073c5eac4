// logbuf stat: what buffers hold, for people, for jq and for Prometheus.
#include <algorithm>

#include "base/io.h"
#include "base/units.h"
#include "cli/exposition.h"
#include "cli/options.h"
#include "codec/json_object.h"
#include "tools/logbuf/shared_options.h"
#include "tools/logbuf/verbs.h"

namespace logbuf {
namespace {

using codec::JsonObject;

struct Options {
  std::vector<std::string> paths;
  bool json = false;
  bool prometheus = false;
};

struct ConsumerView {
  std::string name;
  std::uint64_t ready = 0;
  std::uint64_t backlog = 0;
  std::uint64_t abandoned = 0;  // of the backlog, by a process that is gone
  std::uint64_t floor = 0;
  std::uint64_t lost = 0;
  base::WallTime active;
  std::optional<base::WallTime> oldest;  // of what it has not acknowledged: when that was accepted

  [[nodiscard]] base::Duration age() const {
    return oldest ? std::max(base::wall_now() - *oldest, base::Duration::zero()) : base::Duration::zero();
  }
};

struct ReplicaView {
  ReplicaNote note;
  std::uint64_t messages = 0;  // it is behind
  base::Duration time{0};      // since the first of these was accepted
};

struct View {
  std::string path;
  State state;
  std::uint64_t oldest = 0;
  std::optional<base::WallTime> oldest_time;
  base::Bytes file;
  std::vector<ConsumerView> consumers;
  std::map<std::string, OriginState> origins;
  Mastership mastership;
  std::vector<ReplicaView> replicas;

  [[nodiscard]] const std::string& log() const { return mastership.log_of(state.uuid); }
  [[nodiscard]] const char* role() const { return mastership.accepts ? "master" : "replica"; }
};

// When the first message that is stored from `id` on was accepted.
base::Result<std::optional<base::WallTime>> accepted_from(Buffer& buffer, std::uint64_t id, std::uint64_t head) {
  stream::Batch batch;
  std::vector<Run> runs;
  const auto any = [](const Damage&) { return true; };
  while (runs.empty() && id <= head) id = TRY(buffer.read({id, head}, false, 1, batch, any, &runs)).last + 1;
  return runs.empty() ? std::nullopt : std::optional(runs.front().accepted);
}

base::Result<ReplicaView> look_at_replica(Buffer& buffer, const ReplicaNote& note, std::uint64_t head) {
  ReplicaView view{.note = note};
  if (view.note.confirmed >= head) return view;
  view.messages = head - view.note.confirmed;
  const auto accepted = TRY(accepted_from(buffer, view.note.confirmed + 1, head));
  if (accepted) view.time = std::max(base::wall_now() - *accepted, base::Duration::zero());
  return view;
}

double seconds(base::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

base::Result<View> look(const std::string& path) {
  const auto buffer = TRY(Buffer::open(path, {.access = Access::read_only}));
  View view;
  view.path = path;
  view.state = TRY(buffer->state());
  view.oldest = TRY(buffer->oldest_id());
  view.oldest_time = TRY(buffer->oldest_time());
  view.file = buffer->file_size();
  view.origins = TRY(buffer->origins());
  view.mastership = TRY(buffer->mastership());
  const std::vector<ReplicaNote> notes = TRY(buffer->replica_notes());
  for (const ReplicaNote& note : notes) view.replicas.push_back(TRY(look_at_replica(*buffer, note, view.state.head())));
  const std::map<std::string, ConsumerState> consumers = TRY(buffer->consumers());
  const IsLive is_dead = [&](std::uint64_t owner) { return buffer->is_dead(owner); };
  for (const auto& [name, consumer] : consumers)
    view.consumers.push_back({name, consumer.ready(view.state.head()), consumer.backlog(), consumer.abandoned(is_dead),
                              consumer.floor(), consumer.lost, consumer.active,
                              TRY(accepted_from(*buffer, consumer.floor() + 1, view.state.head()))});
  return view;
}

std::optional<std::string> text_of(const std::optional<base::WallTime>& time) {
  return time ? std::optional(base::format_time(*time)) : std::nullopt;
}

std::string to_json(const View& view) {
  std::vector<JsonObject> consumers;
  for (const ConsumerView& consumer : view.consumers)
    consumers.push_back({{"name", consumer.name},
                         {"ready", consumer.ready},
                         {"backlog", consumer.backlog},
                         {"abandoned", consumer.abandoned},
                         {"acknowledged", consumer.floor},
                         {"lost", consumer.lost},
                         {"oldest_unacknowledged", text_of(consumer.oldest)},
                         {"oldest_unacknowledged_seconds", seconds(consumer.age())},
                         {"active", base::format_time(consumer.active)}});
  std::vector<JsonObject> origins;
  for (const auto& [name, origin] : view.origins)
    origins.push_back({{"origin", name}, {"last_id", origin.last}, {"active", base::format_time(origin.active)}});
  std::vector<JsonObject> replicas;
  for (const ReplicaView& replica : view.replicas)
    replicas.push_back({{"name", replica.note.name},
                        {"address", replica.note.address},
                        {"confirmed", replica.note.confirmed},
                        {"lag_messages", replica.messages},
                        {"lag_seconds", seconds(replica.time)},
                        {"heard", base::format_time(replica.note.heard)}});
  const State& state = view.state;
  const auto newest = state.messages > 0 ? std::optional(state.last_accepted) : std::nullopt;
  return JsonObject({
                        {"buffer", view.path},
                        {"uuid", state.uuid},
                        {"format", kFormatVersion},
                        {"created", base::format_time(state.created)},
                        {"messages", state.messages},
                        {"bytes", state.bytes},
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
                        {"consumers", consumers},
                        {"origins", origins},
                        {"role", view.role()},
                        {"epoch", view.mastership.epoch},
                        {"log", view.log()},
                        {"reason", view.mastership.reason},
                        {"replicas", replicas},
                    })
      .text();
}

// Of no interest where there is one machine.
std::string mastership_text(const View& view) {
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

std::string to_text(const View& view) {
  const State& state = view.state;
  std::string text = view.path + ": " + base::count_of(state.messages, "message") + ", " +
                     base::format_bytes({state.bytes}) + " of " + base::format_bytes(state.limits.max_size) + " (" +
                     std::string(when_full_name(state.limits.when_full)) + " when full), file " +
                     base::format_bytes(view.file) + " (at most " + base::format_bytes(file_limit(state.limits)) +
                     ")\n" + retention_text(state.limits);
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

// One metric of every buffer, then the next.
class Metrics {
 public:
  explicit Metrics(const std::vector<View>& views) : views_(views) {}

  template <class Value>
  void buffers(const char* name, const char* type, const char* help, Value value) {
    out_.metric(name, type, help);
    for (const View& view : views_) out_.sample({{"buffer", view.path}}, value(view));
  }
  template <class Value>
  void consumers(const char* name, const char* type, const char* help, Value value) {
    out_.metric(name, type, help);
    for (const View& view : views_)
      for (const ConsumerView& consumer : view.consumers)
        out_.sample({{"buffer", view.path}, {"consumer", consumer.name}}, value(consumer));
  }
  template <class Value>
  void replicas(const char* name, const char* type, const char* help, Value value) {
    out_.metric(name, type, help);
    for (const View& view : views_)
      for (const ReplicaView& replica : view.replicas)
        out_.sample({{"buffer", view.path}, {"replica", replica.note.name}}, value(replica));
  }
  [[nodiscard]] const std::string& text() const { return out_.text(); }

 private:
  const std::vector<View>& views_;
  cli::Exposition out_;
};

std::string to_prometheus(const std::vector<View>& views) {
  Metrics out(views);
  out.buffers("logbuf_messages", "gauge", "Messages stored.", [](const View& view) { return view.state.messages; });
  out.buffers("logbuf_bytes", "gauge", "Bytes stored.", [](const View& view) { return view.state.bytes; });
  out.buffers("logbuf_capacity_bytes", "gauge", "Limit on the bytes stored.",
              [](const View& view) { return view.state.limits.max_size.count; });
  out.buffers("logbuf_retain_bytes", "gauge",
              "Acknowledged messages are kept while the buffer holds no more bytes; 0: not by size.",
              [](const View& view) { return view.state.limits.retain_size.count; });
  out.buffers("logbuf_retain_seconds", "gauge",
              "Acknowledged messages are kept until they are this old; 0: not by age.",
              [](const View& view) { return seconds(view.state.limits.retain_time); });
  out.buffers("logbuf_file_limit_bytes", "gauge", "Size to which the data file may grow.",
              [](const View& view) { return file_limit(view.state.limits).count; });
  out.buffers("logbuf_file_bytes", "gauge", "Size of the data file.", [](const View& view) { return view.file.count; });
  out.buffers("logbuf_appended_total", "counter", "Messages ever stored.",
              [](const View& view) { return view.state.head(); });
  out.buffers("logbuf_dropped_newest_total", "counter", "Messages not stored because the buffer was full.",
              [](const View& view) { return view.state.dropped_newest; });
  out.buffers("logbuf_dropped_oldest_total", "counter", "Messages deleted before they were acknowledged.",
              [](const View& view) { return view.state.dropped_oldest; });
  out.buffers("logbuf_damaged_total", "counter", "Messages found damaged.",
              [](const View& view) { return view.state.damaged; });
  out.consumers("logbuf_ready_messages", "gauge", "Messages to be handed out.",
                [](const ConsumerView& consumer) { return consumer.ready; });
  out.consumers("logbuf_backlog_messages", "gauge", "Messages handed out and not acknowledged.",
                [](const ConsumerView& consumer) { return consumer.backlog; });
  out.consumers("logbuf_abandoned_messages", "gauge", "Messages of the backlog that belong to dead processes.",
                [](const ConsumerView& consumer) { return consumer.abandoned; });
  out.consumers("logbuf_oldest_unacknowledged_seconds", "gauge",
                "Age of the oldest message that is not acknowledged; 0: there is none.",
                [](const ConsumerView& consumer) { return seconds(consumer.age()); });
  out.consumers("logbuf_lost_total", "counter", "Messages deleted before this consumer acknowledged them.",
                [](const ConsumerView& consumer) { return consumer.lost; });
  out.buffers("logbuf_master", "gauge",
              "1: the buffer accepts messages; 0: it is a replica, or was told to refuse them.",
              [](const View& view) { return view.mastership.accepts ? 1 : 0; });
  out.buffers("logbuf_epoch", "gauge", "Higher with each new master.",
              [](const View& view) { return view.mastership.epoch; });
  out.replicas("logbuf_replica_lag_messages", "gauge", "Messages that the replica has not confirmed.",
               [](const ReplicaView& replica) { return replica.messages; });
  out.replicas("logbuf_replica_lag_seconds", "gauge", "Time since the first of these was accepted.",
               [](const ReplicaView& replica) { return seconds(replica.time); });
  return out.text();
}

std::string render(const std::vector<View>& views, const Options& options) {
  if (options.prometheus) return to_prometheus(views);
  std::string text;
  for (const View& view : views) text += options.json ? to_json(view) + "\n" : to_text(view);
  return text;
}

// What can be read is shown, also when another buffer cannot.
base::Result<int> run(const Options& options, const cli::Context& context) {
  std::vector<View> views;
  std::optional<base::Error> failure;
  for (const std::string& path : options.paths) {
    base::Result<View> view = look(path);
    if (view) {
      views.push_back(std::move(*view));
      continue;
    }
    if (failure) context.report(base::Level::error, failure->text());
    failure = std::move(view.error());
  }
  if (!views.empty()) TRY(base::write_all(1, render(views, options), "stdout"));
  if (failure) return tl::unexpected(std::move(*failure));
  return 0;
}

}  // namespace

cli::Action declare_stat(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  add_buffers(line, options->paths);
  cli::Option json = line.add_flag("--json", options->json, "print one JSON object per buffer, each on its own line");
  line.add_flag("--prometheus", options->prometheus, "print the text format of Prometheus").excludes(json);
  return [options, context] { return run(*options, context); };
}

}  // namespace logbuf
