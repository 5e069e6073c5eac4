#include "hub/answers.h"

#include <utility>

#include "hub/json.h"

namespace hub {
namespace {

constexpr std::string_view kRefused = "refused";  // Error::what of refusal(); Error::code is the status then

http::Response repeatable(http::Response response) {
  if (response.status != 503 && response.status != 507) return response;
  return with_header(std::move(response), "Retry-After", "1");
}

std::string reason_of(const base::Error& error) {
  return error.what == kRefused ? error.why : error.text();
}

}  // namespace

tl::unexpected<base::Error> refusal(unsigned status, std::string why) {
  return tl::unexpected(
      base::Error{base::Kind::usage, std::string(kRefused), std::move(why), static_cast<int>(status)});
}

unsigned status_of(const base::Error& error) {
  if (error.what == kRefused) return static_cast<unsigned>(error.code);
  if (error.kind == base::Kind::no_input) return 404;
  return error.kind == base::Kind::io ? 507 : 503;
}

http::Response json_failure(const base::Error& error) {
  return repeatable(http::Response::json(status_of(error), json_object({{"error", json_text(reason_of(error))}})));
}

http::Response text_failure(const base::Error& error) {
  return repeatable(http::Response::text(status_of(error), reason_of(error)));
}

http::Response with_header(http::Response response, std::string name, std::string value) {
  response.headers.push_back({std::move(name), std::move(value)});
  return response;
}

}  // namespace hub
