// Which API a request speaks: by its path, else by its content type, else as --api says.
#include <algorithm>
#include <array>

#include "tools/logcat/http/api.h"
#include "tools/logcat/http/elastic.h"

namespace logcat {
namespace {

constexpr std::array kApis{
    Api{"logplex", take_logplex}, Api{"ndjson", take_ndjson}, Api{"json", take_json},
    Api{"lines", take_lines},     Api{"message", take_one},   Api{"bulk", take_bulk},
    Api{"hec", take_hec},         Api{"loki", take_loki},     Api{"otlp", take_otlp},
};

struct Match {
  std::string_view text;  // of a path, or of a content type
  std::string_view api;
};

constexpr std::array kPaths{
    Match{"/logs", "logplex"},
    Match{"/logs/", "logplex"},
    Match{"/loki/api/v1/push", "loki"},
    Match{"/v1/logs", "otlp"},
    Match{"/services/collector", "hec"},
    Match{"/services/collector/1.0", "hec"},
    Match{"/services/collector/event", "hec"},
    Match{"/services/collector/event/1.0", "hec"},
    Match{"/services/collector/raw", "hec"},
    Match{"/services/collector/raw/1.0", "hec"},
};

constexpr std::array kTypes{
    Match{"application/logplex-1", "logplex"},
    Match{"application/x-logplex-1", "logplex"},
    Match{"application/x-ndjson", "ndjson"},
    Match{"application/ndjson", "ndjson"},
    Match{"application/x-json-stream", "ndjson"},
    Match{"application/jsonl", "ndjson"},
    Match{"application/json", "json"},
    Match{"text/plain", "lines"},
    Match{"application/octet-stream", "message"},
};

const Api* named(std::string_view name) {
  const auto found = std::ranges::find(kApis, name, &Api::name);
  return found == kApis.end() ? nullptr : &*found;
}

template <std::size_t N>
const Api* matched(const std::array<Match, N>& matches, std::string_view text) {
  const auto found = std::ranges::find(matches, text, &Match::text);
  return found == matches.end() ? nullptr : named(found->api);
}

}  // namespace

std::span<const Api> apis() {
  return kApis;
}

const Api* find_api(const http::Request& request, std::string_view otherwise) {
  if (const Api* api = matched(kPaths, request.path())) return api;
  if (is_bulk_path(request.path())) return named("bulk");
  if (const Api* api = matched(kTypes, request.content_type())) return api;
  return named(otherwise);
}

}  // namespace logcat
