// How channels are, for those who watch them: GET /v3/overview and GET /v3/channels/ID/standing.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "hub/answers.h"
#include "hub/hub.h"
#include "hub/json.h"
#include "hub/route.h"
#include "hub/survey.h"

namespace hub {
namespace {

std::string whole_seconds(base::Duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

// Of the clock that the counts belong to, so that a rate is right whenever an answer arrives.
std::string json_clock() {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(base::now().time_since_epoch()).count());
}

JsonMembers counts_of(const Standing& standing) {
  return {{"appended", std::to_string(standing.appended)},
          {"messages", std::to_string(standing.messages)},
          {"bytes", std::to_string(standing.bytes)},
          {"dropped", std::to_string(standing.dropped)}};
}

std::string overview_of(const Sample& sample) {
  JsonMembers members{{"id", json_text(sample.channel->id)}, {"name", json_text(sample.channel->name)}};
  for (auto& count : counts_of(sample.standing)) members.push_back(std::move(count));
  std::uint64_t lag = 0;
  base::Duration oldest{0};
  for (const DrainStanding& drain : sample.standing.drains) {
    lag = std::max(lag, drain.waiting);
    oldest = std::max(oldest, drain.oldest);
  }
  members.emplace_back("consumers", std::to_string(sample.standing.drains.size()));
  members.emplace_back("lag", std::to_string(lag));
  members.emplace_back("oldest_seconds", whole_seconds(oldest));
  return json_object(members);
}

std::string json_of_consumer(const DrainStanding& consumer) {
  return json_object({{"name", json_text(consumer.token)},
                      {"delivered", std::to_string(consumer.delivered)},
                      {"lag", std::to_string(consumer.waiting)},
                      {"lost", std::to_string(consumer.lost)},
                      {"oldest_seconds", whole_seconds(consumer.oldest)}});
}

void get_overview(Hub& hub, std::shared_ptr<const Call> call) {
  survey_channels(hub, [&hub, call](const base::Result<Survey>& survey) {
    if (!survey) return hub.answer(*call, json_failure(survey.error()));
    std::vector<std::string> channels;
    for (const Sample& sample : *survey) channels.push_back(overview_of(sample));
    hub.answer(*call, http::Response::json(
                          200, json_object({{"milliseconds", json_clock()}, {"channels", json_list(channels)}})));
  });
}

void get_standing(Hub& hub, std::shared_ptr<const Call> call) {
  hub.store().standing(call->arguments[0], [&hub, call](const base::Result<Standing>& standing) {
    if (!standing) return hub.answer(*call, json_failure(standing.error()));
    JsonMembers members = counts_of(*standing);
    std::vector<std::string> consumers;
    for (const DrainStanding& consumer : standing->drains) consumers.push_back(json_of_consumer(consumer));
    members.emplace_back("milliseconds", json_clock());
    members.emplace_back("consumers", json_list(consumers));
    hub.answer(*call, http::Response::json(200, json_object(members)));
  });
}

constexpr Route kOverview[] = {
    {"GET", "/v3/overview", Part::api, Needs::read_api, get_overview},
    {"GET", "/v3/channels/*/standing", Part::api, Needs::read_api, get_standing},
};

}  // namespace

std::span<const Route> overview_routes() {
  return kOverview;
}

}  // namespace hub
