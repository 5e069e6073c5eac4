#include "hub/views.h"

#include <algorithm>
#include <utility>

#include "hub/answers.h"

namespace hub {

std::string json_of(const Drain& drain) {
  JsonMembers members{{"id", std::to_string(drain.id)}, {"token", json_text(drain.token)}};
  if (!drain.url.empty()) members.emplace_back("url", json_text(drain.url));
  return json_object(members);
}

std::string json_of(const std::vector<Drain>& drains) {
  std::vector<Drain> shown;
  std::ranges::copy_if(drains, std::back_inserter(shown), [](const Drain& drain) { return !drain.url.empty(); });
  std::ranges::sort(shown, {}, &Drain::id);
  std::vector<std::string> list;
  list.reserve(shown.size());
  for (const Drain& drain : shown) list.push_back(json_of(drain));
  return json_list(list);
}

base::Result<Members> payload_of(const Call& call) {
  if (call.request.body.empty()) return Members();
  auto members = parse_object(call.request.body);
  if (!members) return refusal(400, "invalid payload");
  return std::move(*members);
}

base::Result<std::optional<std::string>> text_member(const Members& payload, std::string_view name) {
  const auto value = member_of(payload, name);
  if (!value) return std::optional<std::string>();
  auto text = text_of(*value);
  if (!text) return refusal(400, "invalid payload");
  return text;
}

base::Result<std::vector<std::string>> texts_member(const Members& payload, std::string_view name) {
  const auto value = member_of(payload, name);
  if (!value) return std::vector<std::string>();
  auto texts = texts_of(*value);
  if (!texts) return refusal(400, "invalid payload");
  return std::move(*texts);
}

void edit_channel(Hub& hub, const std::string& id, Edit edit, Done<Found> done) {
  hub.store().update(
      id,
      [edit = std::move(edit)](std::optional<Channel>& channel) -> base::Result<void> {
        if (!channel) return refusal(404, "not found");
        return edit(*channel);
      },
      std::move(done));
}

}  // namespace hub
