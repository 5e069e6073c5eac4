// What the codecs' tests share: a fixed moment and place, and lines beside the events that must come of them.
#pragma once

#include <doctest/doctest.h>

#include <span>
#include <string>
#include <string_view>

#include "codec/parse.h"
#include "codec/render.h"

namespace codec_test {

// 2024-03-15 13:00:00 +01:00.
inline codec::Context context() {
  codec::Context context;
  static const base::Zone zone(std::chrono::minutes(60), "CET");
  context.clock = {.now = base::WallTime(std::chrono::seconds(1710504000)), .zone = &zone};
  context.hostname = "peer.example";
  return context;
}

inline std::string json(const codec::Event& event) {
  std::string text;
  codec::append_json(text, event);
  return text;
}

inline codec::Event parsed(std::string_view message) {
  return codec::parse(message, codec::Mode::automatic, context());
}

struct Row {
  std::string_view line;
  codec::Form form;
  std::string_view event;  // as JSON
};

inline void check_rows(std::span<const Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const codec::Event event = parsed(row.line);
    CHECK(event.form == row.form);
    CHECK(json(event) == row.event);
    CHECK(event.raw == row.line);
  }
}

}  // namespace codec_test
