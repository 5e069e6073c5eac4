#include "tools/logcat/http/direct.h"

#include <algorithm>
#include <array>

namespace logcat {
namespace {

constexpr std::array<std::string_view, 3> kHealthPaths{"/healthcheck", "/health", "/ready"};  // the last is Loki's

bool asks(const http::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

}  // namespace

std::optional<http::Response> answer_directly(const http::Request& request, const Standing& standing) {
  if (auto answer = answer_hec(request, standing)) return answer;
  if (!asks(request)) return std::nullopt;
  if (std::ranges::find(kHealthPaths, request.path()) == kHealthPaths.end()) return answer_elastic(request);
  if (standing.trouble.empty()) return http::Response::text(200, request.path() == "/ready" ? "ready" : "OK");
  return http::Response::text(503, standing.trouble);
}

}  // namespace logcat
