// Channels as the API shows them, and what it is given.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hub/channel.h"
#include "hub/hub.h"
#include "hub/json.h"
#include "hub/route.h"

namespace hub {

// {"id":7,"token":"d.…","url":"https://…"}, without a URL where it has none.
std::string json_of(const Drain& drain);
// Of the drains that have a URL, by their ids.
std::string json_of(const std::vector<Drain>& drains);

// The object that a request's body is; an empty body is an empty object. 400: it is none.
base::Result<Members> payload_of(const Call& call);
// A string; nothing: it is missing. 400: it is something else.
base::Result<std::optional<std::string>> text_member(const Members& payload, std::string_view name);
base::Result<std::vector<std::string>> texts_member(const Members& payload, std::string_view name);

// Changes a channel that is there; 404: there is none. `edit` may be called again.
using Edit = std::function<base::Result<void>(Channel& channel)>;
void edit_channel(Hub& hub, const std::string& id, Edit edit, Done<Found> done);

}  // namespace hub
