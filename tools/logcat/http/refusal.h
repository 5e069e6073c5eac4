// Refusals in the words of an API.
#pragma once

#include <string_view>

#include "http/response.h"

namespace logcat {

// 401 and 503 as clients of Elasticsearch ("bulk") and Splunk ("hec") read them: the reason stands in JSON, with the
// type or the code that they know. Headers stay. Others are as they were.
http::Response in_words_of(std::string_view api, http::Response refusal);

}  // namespace logcat
