// relp:// and relps://: servers for clients that speak RELP.
#include "tools/logcat/endpoints.h"
#include "tools/logcat/relp_source.h"

namespace logcat {
namespace {

constexpr cli::Scheme kSchemes[] = {{"relp", "relp://[HOST]:PORT"}, {"relps", "relps://[HOST]:PORT"}};
constexpr std::string_view kOptions[] = {"--max-connections", "--idle-timeout", "--print-address", "--add-peer"};

base::Result<Opened> open(event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& options,
                          const cli::Context& context) {
  return opened(TRY(RelpSource::open(loop, urls,
                                     {.max_message = options.max_message,
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

constinit const Endpoint kRelp{
    {kSchemes, "RELP; a client is answered when its message is safe", kOptions}, true, declare};

}  // namespace logcat
