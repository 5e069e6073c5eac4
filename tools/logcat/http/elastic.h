// What all answers of Elasticsearch's API have in common.
#pragma once

#include <string>
#include <string_view>

#include "http/response.h"

namespace logcat {

// With the header without which its clients refuse to talk to a server.
http::Response elastic_answer(unsigned status, std::string json);

// {"error":{"root_cause":[...],"type":"illegal_argument_exception","reason":"..."},"status":400}
http::Response elastic_error(unsigned status, std::string_view type, std::string_view reason);

// "/_bulk", "/INDEX/_bulk" or "/INDEX/TYPE/_bulk".
bool is_bulk_path(std::string_view path);

}  // namespace logcat
