// logd:// and logds://: servers of logd's protocol, such as `logbuf serve`.
#include "tools/logsend/endpoints.h"
#include "tools/logsend/logd_sink.h"
#include "tools/logsend/on_reject.h"

namespace logsend {
namespace {

constexpr cli::Scheme kSchemes[] = {{"logd", "logd://HOST[:PORT]"}, {"logds", "logds://HOST[:PORT]"}};
constexpr std::string_view kOptions[] = {"--public-only",  "--connect-timeout", "--timeout",         "--keepalive",
                                         "--idle-timeout", "--window",          "--window-messages", "--on-reject"};
constexpr base::Duration kAnswerTime = std::chrono::seconds(90);  // as for RELP

base::Result<Opened> open(event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& shared,
                          const cli::Context& context) {
  LogdOptions options{
      .session = {.dial = shared.dial(), .timeout = shared.timeout.value_or(kAnswerTime)},
      .idle_timeout = shared.idle_timeout,
      .drain_time = shared.sink.pump.drain_time,
      .window = shared.window,
      .window_messages = static_cast<std::size_t>(shared.window_messages),
  };
  const auto open_sender = [&](codec::Reject on_reject) -> std::unique_ptr<RejectingSink> {
    options.on_reject = std::move(on_reject);
    return LogdSink::open(loop, urls, options, context.report);
  };
  return open_rejecting(loop, open_sender, shared, context.report);
}

Open declare(cli::CommandLine&) {
  return open;
}

}  // namespace

constinit const Endpoint kLogd{
    {kSchemes, "logd's protocol, several to try in order; safe when the server has stored it", kOptions},
    false,
    declare};

}  // namespace logsend
