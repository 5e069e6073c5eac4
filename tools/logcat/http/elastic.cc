// What Elasticsearch's clients ask before they send anything. Nothing of it depends on what was sent.
#include "tools/logcat/http/elastic.h"

#include <algorithm>
#include <array>

#include "codec/json_string.h"
#include "tools/logcat/http/direct.h"

namespace logcat {
namespace {

constexpr std::string_view kRoot =
    R"({"name":"logpipe","cluster_name":"logpipe","cluster_uuid":"bG9ncGlwZQ","version":{"number":"8.19.0",)"
    R"("build_flavor":"default","build_type":"deb","build_hash":"0","build_date":"2025-01-01T00:00:00Z",)"
    R"("build_snapshot":false,"lucene_version":"9.12.0","minimum_wire_compatibility_version":"7.17.0",)"
    R"("minimum_index_compatibility_version":"7.0.0"},"tagline":"You Know, for Search"})";
constexpr std::string_view kLicense =
    R"({"license":{"uid":"logpipe","type":"basic","mode":"basic","status":"active","issued_to":"logpipe"}})";
constexpr std::string_view kXpack =
    R"({"license":{"uid":"logpipe","type":"basic","mode":"basic","status":"active"},"features":{}})";
constexpr std::string_view kHealth =
    R"({"cluster_name":"logpipe","status":"green","timed_out":false,"number_of_nodes":1,"number_of_data_nodes":1,)"
    R"("active_primary_shards":0,"active_shards":0,"relocating_shards":0,"initializing_shards":0,)"
    R"("unassigned_shards":0})";

struct Fixed {
  std::string_view path;
  std::string_view json;
};

constexpr std::array kFixed{
    Fixed{"/", kRoot},
    Fixed{"/_license", kLicense},
    Fixed{"/_xpack", kXpack},
    Fixed{"/_cluster/health", kHealth},
    Fixed{"/_cat/health", R"([{"cluster":"logpipe","status":"green","node.total":"1","node.data":"1"}])"},
};

// Clients that set up an index ask whether it is there already, and go on when it is. Here nothing has to be set up.
constexpr std::array<std::string_view, 5> kThere{"/_index_template/", "/_template/", "/_ilm/policy/", "/_data_stream/",
                                                 "/_ingest/pipeline/"};

// Clients that look for further nodes find this one, under the name by which they came.
std::string nodes(const http::Request& request) {
  std::string address;
  codec::append_json_string(address, request.header("Host").value_or(""));
  return R"({"_nodes":{"total":1,"successful":1,"failed":0},"cluster_name":"logpipe","nodes":{"logpipe":)"
         R"({"name":"logpipe","version":"8.19.0","roles":["data","ingest"],"http":{"publish_address":)" +
         address + "}}}}";
}

}  // namespace

http::Response elastic_answer(unsigned status, std::string json) {
  http::Response answer = http::Response::json(status, std::move(json));
  answer.headers.push_back({"X-Elastic-Product", "Elasticsearch"});
  return answer;
}

http::Response elastic_error(unsigned status, std::string_view type, std::string_view reason) {
  std::string error = "\"type\":\"" + std::string(type) + "\",\"reason\":";
  codec::append_json_string(error, reason);
  return elastic_answer(
      status, "{\"error\":{\"root_cause\":[{" + error + "}]," + error + "},\"status\":" + std::to_string(status) + "}");
}

std::optional<http::Response> answer_elastic(const http::Request& request) {
  const std::string_view path = request.path();
  if (const auto fixed = std::ranges::find(kFixed, path, &Fixed::path); fixed != kFixed.end())
    return elastic_answer(200, std::string(fixed->json));
  if (path == "/_nodes/http" || path == "/_nodes/_all/http") return elastic_answer(200, nodes(request));
  const auto is_under = [path](std::string_view folder) { return path.starts_with(folder) && path != folder; };
  if (std::ranges::any_of(kThere, is_under)) return elastic_answer(200, "{}");
  return std::nullopt;
}

}  // namespace logcat
