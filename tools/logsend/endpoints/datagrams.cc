// udp:// and unixgram: a datagram for each message.
#include <random>

#include "tools/logsend/datagram_sink.h"
#include "tools/logsend/endpoints.h"

namespace logsend {
namespace {

constexpr cli::Scheme kSchemes[] = {{"udp", "udp://[HOST]:PORT"}, {"unixgram", "unixgram:PATH"}};
constexpr std::string_view kOptions[] = {"--public-only"};

base::Result<Opened> open(event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& shared,
                          const cli::Context& context) {
  const DatagramOptions options{.drain_time = shared.sink.pump.drain_time, .seed = std::random_device()()};
  return Opened{TRY(DatagramSink::open(loop, urls.front(), options, context.report)), stream::Strength::sent};
}

Open declare(cli::CommandLine&) {
  return open;
}

}  // namespace

constinit const Endpoint kDatagrams{
    {kSchemes, "a datagram for each message; safe when the kernel has taken it", kOptions}, true, declare};

}  // namespace logsend
