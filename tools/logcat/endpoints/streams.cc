// tcp://, tls:// and unix: listeners of streams.
#include "tools/logcat/endpoints.h"
#include "tools/logcat/listener.h"

namespace logcat {
namespace {

constexpr cli::Scheme kSchemes[] = {{"tcp", "tcp://[HOST]:PORT"}, {"tls", "tls://[HOST]:PORT"}, {"unix", "unix:PATH"}};
constexpr std::string_view kOptions[] = {"--input-framing", "--max-connections", "--idle-timeout", "--print-address",
                                         "--add-peer"};

base::Result<Opened> open(event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& options,
                          const cli::Context& context) {
  return opened(TRY(Listener::open(loop, urls,
                                   {.framing = options.framing,
                                    .max_message = options.max_message,
                                    .max_connections = static_cast<std::size_t>(options.max_connections),
                                    .idle_timeout = options.idle_timeout,
                                    .tls = options.tls,
                                    .peers = options.peers,
                                    .sockets = context.sockets},
                                   context.report)));
}

Open declare(cli::CommandLine&) {
  return open;
}

}  // namespace

constinit const Endpoint kStreams{
    {kSchemes, "messages on connections, as lines or with octet counting; loopback without HOST", kOptions},
    true,
    declare};

}  // namespace logcat
