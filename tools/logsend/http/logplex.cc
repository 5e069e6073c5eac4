// logplex: what Heroku's drains post, and `logcat http://` takes at /logs.
#include "codec/logplex.h"
#include "tools/logsend/http/api.h"

namespace logsend::http {
namespace {

class Logplex final : public Api {
 public:
  [[nodiscard]] const Traits& traits() const override {
    static constexpr Traits kTraits{.text = Text::rfc5424, .content_type = "application/logplex-1"};
    return kTraits;
  }

  base::Result<void> encode(std::string& out, const Message& message) const override {
    codec::append_logplex_frame(out, message.text);
    return {};
  }

  [[nodiscard]] Request assemble(const Parts& parts, std::string& /*space*/) const override {
    return {.body = parts.bytes(),
            .headers = {"Logplex-Msg-Count: " + std::to_string(parts.count()),
                        "Logplex-Frame-Id: " + std::string(parts.key())}};
  }
};

bool is_path(std::string_view path) {
  return path == "/logs" || path == "/logs/";
}

MakeApi declare(cli::CommandLine& /*line*/) {
  return [](const Setting&) -> base::Result<std::unique_ptr<Api>> { return std::make_unique<Logplex>(); };
}

}  // namespace

constinit const Kind kLogplex{"logplex", "/logs", is_path, "application/logplex-1", declare};

}  // namespace logsend::http
