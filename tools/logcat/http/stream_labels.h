// The labels of a Loki stream as its protobuf form has them: {job="web", env="prod \"1\""}.
#pragma once

#include <string_view>

#include "tools/logcat/http/labels.h"

namespace logcat {

// Adds them. Values, and names that are no words, are Go strings: in quotes with escapes, or in backquotes. False: the
// text is something else.
bool add_stream_labels(Labels& labels, std::string_view text);

}  // namespace logcat
