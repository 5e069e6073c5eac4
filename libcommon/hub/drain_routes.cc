// How a channel's drains are: GET /v3/channels/ID/drains.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "hub/answers.h"
#include "hub/drain_command.h"
#include "hub/drains.h"
#include "hub/hub.h"
#include "hub/json.h"
#include "hub/route.h"

namespace hub {
namespace {

// The drains of one answer, of which some are still looked at.
struct Overview {
  Hub& hub;
  std::shared_ptr<const Call> call;
  std::vector<std::string> drains;
  std::size_t missing;
};

std::string drain_status(Hub& hub, const std::string& channel, const Drain& drain, bool with_secrets,
                         const base::Result<std::uint64_t>& backlog) {
  JsonMembers members{{"id", std::to_string(drain.id)}, {"token", json_text(drain.token)}};
  if (!drain.url.empty()) members.emplace_back("url", json_text(with_secrets ? drain.url : drain_place(drain.url)));
  const auto state = hub.drains() != nullptr ? hub.drains()->state(channel, drain.token) : std::nullopt;
  members.emplace_back("state", json_text(state ? state->name : "reserved"));
  if (backlog) members.emplace_back("lag", std::to_string(*backlog));
  if (state && !state->error.empty()) {
    members.emplace_back("error", json_text(state->error));
    members.emplace_back("error_at", json_text(base::format_time(state->error_at)));
  }
  return json_object(members);
}

void settle_overview(const std::shared_ptr<Overview>& overview) {
  if (overview->missing > 0) return;
  overview->hub.answer(*overview->call, http::Response::json(200, json_list(overview->drains)));
}

void show_drains(Hub& hub, const std::shared_ptr<const Call>& call, const Channel& channel) {
  const auto overview = std::make_shared<Overview>(
      Overview{hub, call, std::vector<std::string>(channel.drains.size()), channel.drains.size()});
  const bool with_secrets = hub.sees_secrets(call->request);
  for (std::size_t i = 0; i < channel.drains.size(); ++i) {
    const Drain& drain = channel.drains[i];
    const auto show = [overview, i, with_secrets, id = channel.id, drain](const base::Result<std::uint64_t>& backlog) {
      overview->drains[i] = drain_status(overview->hub, id, drain, with_secrets, backlog);
      --overview->missing;
      settle_overview(overview);
    };
    if (hub.drains() == nullptr || !hub.drains()->state(channel.id, drain.token))
      show(refusal(404, "it has no URL"));
    else
      hub.drains()->source().backlog(channel.id, drain.token, show);
  }
  if (channel.drains.empty()) settle_overview(overview);
}

void get_drains(Hub& hub, std::shared_ptr<const Call> call) {
  hub.store().find(call->arguments[0], [&hub, call](const base::Result<Found>& found) {
    if (!found) return hub.answer(*call, json_failure(found.error()));
    if (*found == nullptr) return hub.answer(*call, json_failure(refusal(404, "not found").value()));
    show_drains(hub, call, **found);
  });
}

constexpr Route kDrains[] = {{"GET", "/v3/channels/*/drains", Part::api, Needs::read_api, get_drains}};

}  // namespace

std::span<const Route> drain_routes() {
  return kDrains;
}

}  // namespace hub
