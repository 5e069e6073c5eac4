// The names of fields in rules: those of codec/field.h, and what pyloggr calls some of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/field.h"

namespace rules {

// app_name and programname are appname, source is hostname, timereported is timestamp.
std::optional<codec::FieldPath> field_named(std::string_view name);

}  // namespace rules
