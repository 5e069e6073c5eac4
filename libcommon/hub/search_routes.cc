// GET /v3/channels/ID/search?where=EXPRESSION&since=TIME&until=TIME&num=N&before=ID
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "base/units.h"
#include "hub/answers.h"
#include "hub/hub.h"
#include "hub/json.h"
#include "hub/route.h"
#include "hub/search.h"
#include "hub/tail_feed.h"

namespace hub {
namespace {

tl::unexpected<base::Error> no_search(const std::string& parameter, const base::Error& error) {
  return refusal(400, parameter + ": " + error.why);
}

// A parameter that is missing or empty is none.
std::optional<std::string> parameter_of(const Call& call, const char* name) {
  auto value = call.request.parameter(name);
  if (value && value->empty()) value.reset();
  return value;
}

base::Result<std::optional<base::WallTime>> time_parameter(const Call& call, const char* name) {
  const auto text = parameter_of(call, name);
  if (!text) return std::nullopt;
  const auto time = base::parse_time(*text, base::wall_now());
  if (!time) return no_search(name, time.error());
  return *time;
}

base::Result<SearchRequest> search_request(const Call& call) {
  SearchRequest request{.channel = call.arguments[0]};
  if (const auto text = parameter_of(call, "where")) {
    auto where = codec::Where::compile(*text);
    if (!where) return no_search("where", where.error());
    request.where = std::move(*where);
  }
  request.since = TRY(time_parameter(call, "since"));
  request.until = TRY(time_parameter(call, "until"));
  request.before = parameter_of(call, "before").value_or("");
  if (!request.before.empty() && !is_message_id(request.before))
    return refusal(400, "before: it is no id of a message");
  if (const auto most = parameter_of(call, "num")) {
    const auto number = base::parse_number(*most);
    if (!number || *number == 0) return refusal(400, "num: it is no number of messages");
    request.most = std::min(*number, SearchRequest::kMostFound);
  }
  return request;
}

std::string json_of_result(const SearchResult& result) {
  std::vector<std::string> messages;
  for (const FoundMessage& message : result.messages)
    messages.push_back(json_object({{"id", json_text(message.id)}, {"text", json_text(message.text)}}));
  JsonMembers members{{"messages", json_list(messages)},
                      {"searched", std::to_string(result.searched)},
                      {"end", result.end ? "true" : "false"}};
  if (!result.end) members.emplace_back("before", json_text(result.before));
  return json_object(members);
}

void get_search(Hub& hub, std::shared_ptr<const Call> call) {
  auto request = search_request(*call);
  if (!request) return hub.answer(*call, json_failure(request.error()));
  hub.searches().start(std::move(*request), [&hub, call](const base::Result<SearchResult>& result) {
    if (!result) return hub.answer(*call, json_failure(result.error()));
    hub.answer(*call, http::Response::json(200, json_of_result(*result)));
  });
}

constexpr Route kSearch[] = {{"GET", "/v3/channels/*/search", Part::api, Needs::read_api, get_search}};

}  // namespace

std::span<const Route> search_routes() {
  return kSearch;
}

}  // namespace hub
