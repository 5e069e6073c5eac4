// What a hub has done and how its channels are: for Prometheus, and in the words of logplex.
#include <chrono>
#include <utility>

#include "cli/exposition.h"
#include "hub/answers.h"
#include "hub/hub.h"
#include "hub/ingest.h"
#include "hub/route.h"
#include "hub/survey.h"

namespace hub {
namespace {

using Render = std::function<http::Response(Hub& hub, const Survey& survey)>;

void answer_with(Hub& hub, std::shared_ptr<const Call> call, const Render& render) {
  survey_channels(hub, [&hub, call, render](const base::Result<Survey>& survey) {
    survey ? hub.answer(*call, render(hub, *survey)) : hub.answer(*call, text_failure(survey.error()));
  });
}

// ---- Prometheus

class Metrics {
 public:
  explicit Metrics(const Survey& survey) : survey_(survey) {}

  void total(const char* name, const char* help, std::uint64_t value) {
    out_.metric(name, "counter", help);
    out_.sample({}, value);
  }
  template <class Value>
  void channels(const char* name, const char* type, const char* help, Value value) {
    out_.metric(name, type, help);
    for (const Sample& sample : survey_) out_.sample({{"channel", sample.channel->id}}, value(sample));
  }
  template <class Value>
  void drains(const char* name, const char* type, const char* help, Value value) {
    out_.metric(name, type, help);
    for (const Sample& sample : survey_)
      for (const DrainStanding& drain : sample.standing.drains)
        out_.sample({{"channel", sample.channel->id}, {"drain", drain.token}}, value(drain));
  }
  [[nodiscard]] const std::string& text() const { return out_.text(); }

 private:
  const Survey& survey_;
  cli::Exposition out_;
};

http::Response for_prometheus(Hub& hub, const Survey& survey) {
  const IngestCounters& counters = hub.ingest().counters();
  Metrics out(survey);
  out.total("hub_requests_total", "Requests with messages that were answered.", counters.requests);
  out.total("hub_messages_total", "Messages that were stored.", counters.messages);
  out.total("hub_repeated_total", "Messages of requests that had been taken before.", counters.repeated);
  out.total("hub_malformed_total", "Messages that were refused because they name no token.", counters.malformed);
  out.total("hub_unknown_token_total", "Messages that were refused because no channel has their token.",
            counters.unknown_token);
  out.total("hub_failed_total", "Messages that could not be stored.", counters.failed);
  out.channels("hub_channel_received_total", "counter", "Messages received since the start.",
               [](const Sample& sample) { return sample.received; });
  out.channels("hub_channel_appended_total", "counter", "Messages stored since the channel was made.",
               [](const Sample& sample) { return sample.standing.appended; });
  out.channels("hub_channel_messages", "gauge", "Messages stored.",
               [](const Sample& sample) { return sample.standing.messages; });
  out.channels("hub_channel_bytes", "gauge", "Bytes stored.",
               [](const Sample& sample) { return sample.standing.bytes; });
  out.channels("hub_channel_dropped_total", "counter", "Messages dropped because the channel was full.",
               [](const Sample& sample) { return sample.standing.dropped; });
  out.drains("hub_drain_delivered_total", "counter", "Id up to which all messages are delivered or lost.",
             [](const DrainStanding& drain) { return drain.delivered; });
  out.drains("hub_drain_lag_messages", "gauge", "Messages that are not delivered yet.",
             [](const DrainStanding& drain) { return drain.waiting; });
  out.drains("hub_drain_lost_total", "counter", "Messages dropped before they were delivered.",
             [](const DrainStanding& drain) { return drain.lost; });
  out.drains("hub_drain_oldest_seconds", "gauge", "Age of the oldest message that is not delivered; 0: there is none.",
             [](const DrainStanding& drain) { return std::chrono::duration<double>(drain.oldest).count(); });
  http::Response response = http::Response::text(200, "");
  response.headers.front().value = "text/plain; version=0.0.4; charset=utf-8";
  response.body = out.text();
  return response;
}

// ---- logplex

// Only what is not 0, as logplex writes it; counts go on from minute to minute, and are not reset.
class StatLines {
 public:
  explicit StatLines(std::int64_t now) : start_("m=logplex_stats ts=" + std::to_string(now)) {}

  void add(const std::string& labels, const char* key, std::uint64_t value) {
    if (value > 0) text_ += start_ + labels + " " + key + "=" + std::to_string(value) + "\n";
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string start_;
  std::string text_;
};

http::Response in_words_of_logplex(Hub& hub, const Survey& survey) {
  const IngestCounters& counters = hub.ingest().counters();
  StatLines lines(std::chrono::duration_cast<std::chrono::seconds>(base::wall_now().time_since_epoch()).count());
  lines.add("", "message_received", counters.messages);
  lines.add("", "message_malformed", counters.malformed);
  lines.add("", "unknown_token", counters.unknown_token);
  for (const Sample& sample : survey) {
    const std::string channel = " channel_id=" + sample.channel->id;
    lines.add(channel, "message_received", sample.received);
    lines.add(channel, "message_dropped", sample.standing.dropped);
    for (const Drain& drain : sample.channel->drains)
      for (const DrainStanding& standing : sample.standing.drains) {
        if (standing.token != drain.token) continue;
        const std::string labels = channel + " drain_id=" + std::to_string(drain.id) +
                                   " drain_type=" + drain.url.substr(0, drain.url.find(':'));
        lines.add(labels, "drain_buffered", standing.waiting);
        lines.add(labels, "drain_delivered", standing.delivered);
        lines.add(labels, "drain_dropped", standing.lost);
      }
  }
  http::Response response = http::Response::text(200, "");
  response.body = lines.text();
  return response;
}

void get_metrics(Hub& hub, std::shared_ptr<const Call> call) {
  answer_with(hub, std::move(call), for_prometheus);
}

void get_stats(Hub& hub, std::shared_ptr<const Call> call) {
  answer_with(hub, std::move(call), in_words_of_logplex);
}

constexpr Route kMetrics[] = {
    {"GET", "/metrics", Part::always, Needs::read_api, get_metrics},
    {"GET", "/stats", Part::always, Needs::read_api, get_stats},
};

}  // namespace

std::span<const Route> metrics_routes() {
  return kMetrics;
}

}  // namespace hub
