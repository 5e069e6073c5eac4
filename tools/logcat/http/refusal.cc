#include "tools/logcat/http/refusal.h"

#include "tools/logcat/http/elastic.h"
#include "tools/logcat/http/hec.h"

namespace logcat {
namespace {

constexpr unsigned kUnauthorized = 401;
constexpr unsigned kUnavailable = 503;

http::Response with_headers_of(http::Response response, const http::Response& other) {
  for (const http::Header& header : other.headers)
    if (!http::find_header(response.headers, header.name)) response.headers.push_back(header);
  return response;
}

}  // namespace

http::Response in_words_of(std::string_view api, http::Response refusal) {
  if (refusal.status != kUnauthorized && refusal.status != kUnavailable) return refusal;
  const bool unauthorized = refusal.status == kUnauthorized;
  const std::string_view reason = std::string_view(refusal.body).substr(0, refusal.body.find('\n'));
  if (api == "bulk")
    return with_headers_of(
        elastic_error(refusal.status, unauthorized ? "security_exception" : "unavailable_shards_exception", reason),
        refusal);
  if (api == "hec")
    return with_headers_of(unauthorized ? hec_answer(refusal.status, 3, "Invalid authorization")
                                        : hec_answer(refusal.status, 9, "Server is busy"),
                           refusal);
  return refusal;
}

}  // namespace logcat
