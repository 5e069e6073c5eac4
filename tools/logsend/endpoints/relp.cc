// relp:// and relps://: RELP servers.
#include <memory>

#include "tools/logsend/endpoints.h"
#include "tools/logsend/on_reject.h"
#include "tools/logsend/relp_sink.h"

namespace logsend {
namespace {

constexpr cli::Scheme kSchemes[] = {{"relp", "relp://[HOST]:PORT"}, {"relps", "relps://[HOST]:PORT"}};
constexpr std::string_view kOptions[] = {"--public-only",     "--connect-timeout", "--timeout",
                                         "--keepalive",       "--idle-timeout",    "--window",
                                         "--window-messages", "--relp-window",     "--on-reject"};

base::Result<Opened> open(event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& shared,
                          const cli::Context& context, std::uint64_t relp_window) {
  RelpOptions options{
      .relp_window = static_cast<std::size_t>(relp_window),
      .dial = shared.dial(),
      .idle_timeout = shared.idle_timeout,
      .drain_time = shared.sink.pump.drain_time,
      .window = shared.window,
      .window_messages = static_cast<std::size_t>(shared.window_messages),
  };
  options.timeout = shared.timeout.value_or(options.timeout);
  const auto open_sender = [&](codec::Reject on_reject) -> std::unique_ptr<RejectingSink> {
    options.on_reject = std::move(on_reject);
    return RelpSink::open(loop, urls, options, context.report);
  };
  return open_rejecting(loop, open_sender, shared, context.report);
}

Open declare(cli::CommandLine& line) {
  const auto relp_window = std::make_shared<std::uint64_t>(128);
  cli::add_number(line, "--relp-window", *relp_window, "messages a RELP server may leave unanswered", 1)
      .group("Connection");
  return [relp_window](event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& shared,
                       const cli::Context& context) { return open(loop, urls, shared, context, *relp_window); };
}

}  // namespace

constinit const Endpoint kRelp{
    {kSchemes, "RELP, several to try in order; safe when the server has answered 200", kOptions}, false, declare};

}  // namespace logsend
