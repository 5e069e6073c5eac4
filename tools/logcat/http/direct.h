// Requests that bring no messages: what senders ask before, between and after them. They are answered at once.
#pragma once

#include <optional>
#include <string>

#include "http/request.h"
#include "http/response.h"
#include "tools/logcat/http/acks.h"

namespace logcat {

// What such an answer depends on.
struct Standing {
  std::string trouble = {};  // why the sink takes no messages now; empty: it does
  Acks acks = {};            // numbers that were given out
};

// Nothing: it is no such request; find_api() then.
std::optional<http::Response> answer_directly(const http::Request& request, const Standing& standing);

// ---- by API; each gives nothing for what it does not know
std::optional<http::Response> answer_elastic(const http::Request& request);                        // elastic.cc
std::optional<http::Response> answer_hec(const http::Request& request, const Standing& standing);  // hec.cc

}  // namespace logcat
