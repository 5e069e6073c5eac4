// udp:// and unixgram: sockets that receive datagrams.
#include "tools/logcat/datagrams.h"

#include <memory>

#include "cli/options.h"
#include "tools/logcat/endpoints.h"

namespace logcat {
namespace {

constexpr cli::Scheme kSchemes[] = {{"udp", "udp://[HOST]:PORT"}, {"unixgram", "unixgram:PATH"}};
constexpr std::string_view kOptions[] = {"--rcvbuf", "--print-address", "--add-peer"};

Open declare(cli::CommandLine& line) {
  const auto own = std::make_shared<base::Bytes>(DatagramOptions().receive_buffer);
  cli::add_bytes(line, "--rcvbuf", *own, "receive buffer size for udp and unixgram").group("Listening");
  return [own](event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions&,
               const cli::Context& context) -> base::Result<Opened> {
    return opened(TRY(Datagrams::open(loop, urls, {*own, context.sockets}, context.report)));
  };
}

}  // namespace

constinit const Endpoint kDatagrams{{kSchemes, "datagrams, each of them a message", kOptions}, true, declare};

}  // namespace logcat
