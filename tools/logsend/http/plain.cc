// Bodies without a protocol of their own: lines, NDJSON, and an array of JSON.
#include <algorithm>

#include "tools/logsend/http/api.h"

namespace logsend::http {
namespace {

// A message each, with an LF after it. An LF inside becomes #012, as in line framing.
class Lines final : public Api {
 public:
  [[nodiscard]] const Traits& traits() const override {
    static constexpr Traits kTraits{.content_type = "text/plain; charset=utf-8"};
    return kTraits;
  }

  base::Result<void> encode(std::string& out, const Message& message) const override {
    for (std::string_view text = message.text;;) {
      const std::size_t end = text.find('\n');
      out += text.substr(0, end);
      if (end == text.npos) break;
      out += "#012";
      text.remove_prefix(end + 1);
    }
    out += '\n';
    return {};
  }

  [[nodiscard]] Request assemble(const Parts& parts, std::string& /*space*/) const override {
    return {.body = parts.bytes()};
  }
};

// What is not JSON makes a whole body unreadable, and is left to the server to refuse; an empty message would be no
// value at all, and a server might count fewer than there are.
base::Result<void> append_value(std::string& out, std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == text.npos)
    return base::fail(base::Kind::data, "encode a message", "an empty message is no JSON");
  const std::size_t at = out.size();
  out += text;
  // White space between tokens; inside a string an LF is not JSON.
  if (text.find('\n') != text.npos) std::replace(out.begin() + static_cast<std::ptrdiff_t>(at), out.end(), '\n', ' ');
  return {};
}

class Ndjson final : public Api {
 public:
  [[nodiscard]] const Traits& traits() const override {
    static constexpr Traits kTraits{.text = Text::json, .content_type = "application/x-ndjson"};
    return kTraits;
  }

  base::Result<void> encode(std::string& out, const Message& message) const override {
    TRY(append_value(out, message.text));
    out += '\n';
    return {};
  }

  [[nodiscard]] Request assemble(const Parts& parts, std::string& /*space*/) const override {
    return {.body = parts.bytes()};
  }
};

// Each part begins with a comma, and the first one of the body becomes the bracket.
class JsonArray final : public Api {
 public:
  [[nodiscard]] const Traits& traits() const override {
    static constexpr Traits kTraits{.text = Text::json, .content_type = "application/json", .frame_bytes = 1};
    return kTraits;
  }

  base::Result<void> encode(std::string& out, const Message& message) const override {
    out += ',';
    return append_value(out, message.text);
  }

  [[nodiscard]] Request assemble(const Parts& parts, std::string& space) const override {
    space.reserve(parts.bytes().size() + 1);
    space = parts.bytes();
    space.front() = '[';
    space += ']';
    return {.body = space};
  }
};

template <class Made>
MakeApi declare(cli::CommandLine& /*line*/) {
  return [](const Setting&) -> base::Result<std::unique_ptr<Api>> { return std::make_unique<Made>(); };
}

}  // namespace

constinit const Kind kNdjson{"ndjson", "", nullptr, "application/x-ndjson", declare<Ndjson>};
constinit const Kind kJson{"json", "", nullptr, "application/json", declare<JsonArray>};
constinit const Kind kLines{"lines", "", nullptr, "text/plain", declare<Lines>};

}  // namespace logsend::http
