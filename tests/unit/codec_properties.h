// What must hold for any bytes at all. Used by the unit test on generated input and by the libFuzzer target.
#pragma once

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "codec/field.h"
#include "codec/format.h"
#include "codec/open_fields.h"
#include "codec/parse.h"
#include "codec/render.h"
#include "codec/template.h"
#include "codec/where.h"

namespace codec_test {

inline codec::Context any_context() {
  codec::Context context;
  static const base::Zone zone(std::chrono::minutes(-210), "NST");
  context.clock = {.now = base::WallTime(std::chrono::seconds(1710504000)), .zone = &zone};
  context.hostname = "peer.example";
  return context;
}

inline bool is_one_line(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= ' '; });
}

// What is broken for this event, empty if nothing is.
inline std::string_view broken_rendering(const codec::Event& event) {
  std::string json;
  codec::append_json(json, event);
  if (!is_one_line(json)) return "JSON is not one line";
  if (!nlohmann::json::accept(json)) return "JSON is not valid";
  const codec::Event again = codec::parse(json, codec::Mode::json, any_context());
  std::string json_again;
  codec::append_json(json_again, again);
  if (json_again != json) return "JSON read back is another event";
  const bool same_bytes = event.body == codec::Body::text;  // an object loses its white space
  if (same_bytes && again.message != event.message) return "JSON read back has another message";

  std::string rfc5424;
  codec::append_rfc5424(rfc5424, event);
  const codec::Event reparsed = codec::parse(rfc5424, codec::Mode::automatic, any_context());
  if (reparsed.form != codec::Form::rfc5424 || !reparsed.reason.empty()) return "RFC 5424 is not readable";
  if (event.members.empty() && reparsed.structured_data != event.structured_data)
    return "RFC 5424 has other structured data";

  std::string rfc3164;
  codec::append_rfc3164(rfc3164, event);
  if (!is_one_line(rfc3164)) return "RFC 3164 is not one line";
  if (codec::parse(rfc3164, codec::Mode::rfc3164, any_context()).form != codec::Form::rfc3164) {
    return "RFC 3164 is not readable";
  }
  return {};
}

inline std::string_view broken_property(std::string_view message) {
  constexpr std::array kModes = {codec::Mode::automatic, codec::Mode::rfc5424, codec::Mode::rfc3164, codec::Mode::json,
                                 codec::Mode::none};
  for (const codec::Mode mode : kModes) {
    const codec::Event event = codec::parse(message, mode, any_context());
    if (event.raw != message) return "raw is not what came";
    const bool as_it_came = event.form == codec::Form::unparsed || event.form == codec::Form::none;
    if (as_it_came && event.message != message && event.reason.empty()) return "unparsed without a reason";
    if (const std::string_view broken = broken_rendering(event); !broken.empty()) return broken;
  }
  return {};
}

// What is broken when an open field of any name is set to any bytes.
inline std::string_view broken_open_field(std::string_view message, std::string_view name, std::string_view value) {
  codec::Event event = codec::parse(message, codec::Mode::automatic, any_context());
  const auto field = codec::field_named(name);
  if (!field || field->field != codec::Field::open) return {};
  codec::set_open_field(event, name, value);
  std::string space;
  if (event.body != codec::Body::object && codec::open_field_text(event, name, space) != value)
    return "an open field is not what it was set to";
  if (const std::string_view broken = broken_rendering(event); !broken.empty()) return broken;
  codec::set_open_field(event, name, {});
  if (!codec::open_field_text(event, name, space).empty()) return "an open field that was taken away is there";
  return broken_rendering(event);
}

// Expressions and templates come from a command line, but must not break either.
inline void compile_as_anything(std::string_view text) {
  const codec::Event event = codec::parse(text, codec::Mode::automatic, any_context());
  if (const auto where = codec::Where::compile(text)) (void)where->matches(event);
  std::string out;
  if (const auto format = codec::Format::compile(text)) format->append(out, event);
}

}  // namespace codec_test
