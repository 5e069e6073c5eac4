// logredis stat: what queues hold and their server promises, for people, for jq and for Prometheus.
#include "base/io.h"
#include "cli/exposition.h"
#include "cli/options.h"
#include "codec/json_object.h"
#include "tools/logredis/queue/queue_view.h"
#include "tools/logredis/shared_options.h"
#include "tools/logredis/verbs.h"

namespace logredis {
namespace {

using codec::JsonObject;

struct Options {
  ServerOptions server;
  std::vector<std::string> keys;
  bool json = false;
  bool prometheus = false;
};

// Each queue with its server: in a cluster another node may have it.
struct View {
  ServerView server;
  QueueView queue;
};

std::string to_json(const View& view) {
  const auto& [server, queue] = view;
  std::vector<JsonObject> consumers;
  for (const ConsumerView& consumer : queue.consumers)
    consumers.push_back(
        {{"name", consumer.name}, {"ready", consumer.ready}, {"backlog", consumer.backlog}, {"live", consumer.live}});
  std::vector<JsonObject> origins;
  for (const OriginView& origin : queue.origins) origins.push_back({{"origin", origin.name}, {"last_id", origin.last}});
  std::optional<double> expires;
  if (queue.expires) expires = std::chrono::duration<double>(*queue.expires).count();
  return JsonObject({
                        {"queue", queue.key},
                        {"server", server.address},
                        {"version", server.version},
                        {"layout", queue.layout},
                        {"messages", queue.messages},
                        {"backlog", queue.backlog()},
                        {"bytes", queue.bytes},
                        {"expires_seconds", expires},
                        {"strength", stream::strength_name(server.durability.strength())},
                        {"on_disk", server.durability.text()},
                        {"consumers", consumers},
                        {"origins", origins},
                    })
      .text();
}

std::string to_text(const View& view) {
  const auto& [server, queue] = view;
  std::string text = queue.key + ": " + (queue.layout == "none" ? "nothing there" : queue.layout + " of ") +
                     (queue.layout == "none" ? "" : base::count_of(queue.messages, "message"));
  if (queue.backlog() > 0) text += ", " + std::to_string(queue.backlog()) + " in backlogs";
  text += ", " + base::format_bytes({queue.bytes}) + " of memory";
  if (queue.expires) text += ", deleted in " + base::format_duration(*queue.expires) + " if nothing is pushed";
  text += "\n  server " + server.address + (server.version.empty() ? "" : ", Redis " + server.version) +
          ": receipts mean " + std::string(stream::strength_name(server.durability.strength())) +
          "; on disk: " + server.durability.text() + "\n";
  for (const ConsumerView& consumer : queue.consumers) {
    text += "  consumer " + consumer.name + ": ";
    if (consumer.ready) text += std::to_string(*consumer.ready) + " ready, ";
    text += std::to_string(consumer.backlog) + " in backlog, " + std::to_string(consumer.live) + " at work\n";
  }
  for (const OriginView& origin : queue.origins) text += "  origin " + origin.name + ": taken to " + origin.last + "\n";
  return text;
}

// One metric of every queue, then the next.
class Metrics {
 public:
  explicit Metrics(const std::vector<View>& views) : views_(views) {}

  template <class Value>
  void queues(const char* name, const char* help, Value value) {
    out_.metric(name, "gauge", help);
    for (const View& view : views_)
      out_.sample({{"server", view.server.address}, {"queue", view.queue.key}}, value(view));
  }
  template <class Value>
  void consumers(const char* name, const char* help, Value value) {
    out_.metric(name, "gauge", help);
    for (const View& view : views_)
      for (const ConsumerView& consumer : view.queue.consumers)
        out_.sample({{"server", view.server.address}, {"queue", view.queue.key}, {"consumer", consumer.name}},
                    value(consumer));
  }
  [[nodiscard]] const std::string& text() const { return out_.text(); }

 private:
  const std::vector<View>& views_;
  cli::Exposition out_;
};

std::string to_prometheus(const std::vector<View>& views) {
  Metrics out(views);
  out.queues("logredis_messages", "Messages at the queue's key.", [](const View& view) { return view.queue.messages; });
  out.queues("logredis_bytes", "Memory of the queue's key.", [](const View& view) { return view.queue.bytes; });
  out.queues("logredis_stored", "Whether messages are on disk before they are confirmed.", [](const View& view) {
    return static_cast<int>(view.server.durability.strength() == stream::Strength::stored);
  });
  out.consumers("logredis_backlog_messages", "Messages handed out and not acknowledged.",
                [](const ConsumerView& consumer) { return consumer.backlog; });
  out.consumers("logredis_live_consumers", "Processes at work.",
                [](const ConsumerView& consumer) { return consumer.live; });
  return out.text();
}

std::string render(const std::vector<View>& views, const Options& options) {
  if (options.prometheus) return to_prometheus(views);
  std::string text;
  for (const View& view : views) text += options.json ? to_json(view) + "\n" : to_text(view);
  return text;
}

base::Result<View> look(redis::Session& session, const std::string& key) {
  QueueView queue = TRY(look_at_queue(session, key, kAtOnce));
  return View{TRY(look_at_server(session, kAtOnce)), std::move(queue)};
}

// What can be read is shown, also when another queue cannot.
base::Result<int> run(const Options& options, const cli::Context& context) {
  auto loop = TRY(event::Loop::create());
  const Server server = TRY(find_server(options.server, context));
  const auto session = redis::Session::open(loop, server.address, server.options, {}, {});
  std::vector<View> views;
  std::optional<base::Error> failure;
  for (const std::string& key : options.keys) {
    base::Result<View> view = look(*session, key);
    if (view) {
      views.push_back(std::move(*view));
      continue;
    }
    if (failure) context.report(base::Level::error, failure->text());
    failure = std::move(view.error());
    if (!session->ready()) break;  // the others would only say the same
  }
  if (!views.empty()) TRY(base::write_all(1, render(views, options), "stdout"));
  if (!views.empty() && views.front().server.durability.keeps_nothing())
    context.report(base::Level::warning,
                   "the server " + session->address() + " keeps nothing on disk: when it ends, all messages are lost");
  if (failure) return tl::unexpected(std::move(*failure));
  return 0;
}

}  // namespace

cli::Action declare_stat(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  add_queues(line, options->server, options->keys);
  cli::Option json = line.add_flag("--json", options->json, "write one JSON object per queue, each on a line");
  line.add_flag("--prometheus", options->prometheus, "write the Prometheus text format").excludes(json);
  return [options, context] { return run(*options, context); };
}

}  // namespace logredis
