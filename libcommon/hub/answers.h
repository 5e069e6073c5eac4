// What the API answers when it does not do what it was asked.
#pragma once

#include <string>

#include "base/result.h"
#include "http/response.h"

namespace hub {

// An error that is the client's: answered with this status and reason.
[[nodiscard]] tl::unexpected<base::Error> refusal(unsigned status, std::string why);

// The status for any error of a Store, or of refusal().
unsigned status_of(const base::Error& error);

// {"error":"not found"}, with Retry-After where the same may succeed later.
http::Response json_failure(const base::Error& error);
// The same as text, for the legacy API.
http::Response text_failure(const base::Error& error);

http::Response with_header(http::Response response, std::string name, std::string value);

}  // namespace hub
