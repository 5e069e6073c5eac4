// What a hub is asked over HTTP: tables of routes, each a method, a path and the function that answers.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.h"
#include "http/response.h"
#include "http/server.h"
#include "net/peer_log.h"

namespace hub {

class Hub;

// Who may ask.
enum class Needs {
  nothing,   // anybody: a health check; a session, whose URL is a secret
  token,     // a channel's token, or a credential with any_channel: POST /logs looks at them itself
  read_api,  // a credential with read_api or full_api
  full_api,  // a credential with full_api
};

// Which of its parts can be shut off, and made to change nothing.
enum class Part { logs, sessions, api, legacy_api, always };

struct Call {
  http::Exchange exchange;
  http::Request request;
  std::shared_ptr<const net::Peer> sender;
  std::vector<std::string> arguments = {};  // what stands in the path in place of each "*" of the pattern
  std::string request_id = {};
};

// Answers with Hub::answer(), now or later.
using Serve = void (*)(Hub& hub, std::shared_ptr<const Call> call);

struct Route {
  std::string_view method;
  std::string_view pattern;  // "/v3/channels/*/drains/*"
  Part part;
  Needs needs;
  Serve serve;
};

// ---- the tables, each beside its functions
std::span<const Route> log_routes();       // ingest.cc
std::span<const Route> v3_routes();        // v3.cc
std::span<const Route> metrics_routes();   // metrics.cc
std::span<const Route> legacy_routes();    // legacy.cc
std::span<const Route> drain_routes();     // drain_routes.cc
std::span<const Route> session_routes();   // sessions.cc
std::span<const Route> overview_routes();  // overview.cc
std::span<const Route> search_routes();    // search_routes.cc
std::span<const Route> page_routes();      // page_routes.cc

// What stands in place of the pattern's stars; nothing: the path is another one. A slash at the end does not matter.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path);

}  // namespace hub
