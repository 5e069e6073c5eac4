#include "codec/format.h"

#include <array>

#include "base/quote.h"
#include "codec/render.h"

namespace codec {
namespace {

constexpr std::array<std::pair<std::string_view, Format::Kind>, 4> kNamed = {{{"raw", Format::Kind::raw},
                                                                              {"json", Format::Kind::json},
                                                                              {"rfc5424", Format::Kind::rfc5424},
                                                                              {"rfc3164", Format::Kind::rfc3164}}};

}  // namespace

base::Result<Format> Format::compile(std::string_view text) {
  Format format;
  for (const auto& [name, kind] : kNamed) {
    if (text != name) continue;
    format.kind_ = kind;
    return format;
  }
  if (text.find('%') == std::string_view::npos) {
    return base::fail(base::Kind::usage, "choose format " + base::quote(text),
                      "neither raw, json, rfc5424, rfc3164 nor a template with %{FIELD} in it");
  }
  format.kind_ = Kind::text;
  format.template_ = TRY(Template::compile(text));
  return format;
}

void Format::append(std::string& out, const Event& event) const {
  switch (kind_) {
    case Kind::raw:
      out += event.raw;
      return;
    case Kind::json:
      append_json(out, event);
      return;
    case Kind::rfc5424:
      append_rfc5424(out, event);
      return;
    case Kind::rfc3164:
      append_rfc3164(out, event);
      return;
    case Kind::text:
      template_.append(out, event);
      return;
  }
}

}  // namespace codec
