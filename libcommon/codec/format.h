// "--format raw|json|rfc5424|rfc3164|TEMPLATE": how events go out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/event.h"
#include "codec/template.h"

namespace codec {

class Format {
 public:
  enum class Kind { raw, json, rfc5424, rfc3164, text };

  // One of the names, or a template, which has a "%" in it; else Kind::usage.
  static base::Result<Format> compile(std::string_view text);

  void append(std::string& out, const Event& event) const;

  [[nodiscard]] Kind kind() const { return kind_; }

 private:
  Kind kind_ = Kind::raw;
  Template template_;
};

}  // namespace codec
