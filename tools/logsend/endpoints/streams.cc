// tcp://, tls:// and unix: frames on a stream.
#include "tools/logsend/endpoints.h"
#include "tools/logsend/stream_sink.h"

namespace logsend {
namespace {

constexpr cli::Scheme kSchemes[] = {{"tcp", "tcp://[HOST]:PORT"}, {"tls", "tls://[HOST]:PORT"}, {"unix", "unix:PATH"}};
constexpr std::string_view kOptions[] = {"--wire",      "--public-only",  "--connect-timeout", "--timeout",
                                         "--keepalive", "--idle-timeout", "--window",          "--window-messages"};

base::Result<Opened> open(event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& shared,
                          const cli::Context& context) {
  StreamOptions options{
      .wire = shared.wire,
      .dial = shared.dial(),
      .idle_timeout = shared.idle_timeout,
      .drain_time = shared.sink.pump.drain_time,
      .window = shared.window,
      .window_messages = static_cast<std::size_t>(shared.window_messages),
  };
  options.timeout = shared.timeout.value_or(options.timeout);
  return Opened{TRY(StreamSink::open(loop, urls, std::move(options), context.report)), stream::Strength::sent};
}

Open declare(cli::CommandLine&) {
  return open;
}

}  // namespace

constinit const Endpoint kStreams{
    {kSchemes, "a stream of frames, several to try in order; safe when the peer's kernel has acknowledged them",
     kOptions},
    false,
    declare};

}  // namespace logsend
