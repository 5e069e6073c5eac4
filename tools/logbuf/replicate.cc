// logbuf replicate: keeps a buffer equal to its master's, message for message.
#include <algorithm>
#include <random>

#include "cli/options.h"
#include "cli/tls_options.h"
#include "tools/logbuf/replica/copy_sink.h"
#include "tools/logbuf/replica/master_log.h"
#include "tools/logbuf/shared_options.h"
#include "tools/logbuf/verbs.h"

namespace logbuf {
namespace {

// A master whose host is gone must not be taken for one that has no news.
constexpr base::Duration kAskAfter = std::chrono::seconds(15);

struct Options {
  cli::SinkOptions pump;
  std::string path;
  std::vector<std::string> master;
  net::LogdOptions session;
  Sync sync = Sync::disk;
  net::TlsOptions tls;
};

base::Result<int> run(const Options& options, const cli::Context& context) {
  const auto urls = TRY(parse_logd_urls(options.master, "replicate"));
  net::LogdOptions session = options.session;
  session.dial.seed = std::random_device()();
  session.dial.keepalive = kAskAfter;
  if (std::ranges::any_of(urls, &net::Url::uses_tls))
    session.dial.tls = TRY(net::TlsContext::create(net::TlsRole::client, options.tls, context.report));
  else if (!options.tls.empty())
    return base::fail(base::Kind::usage, "set up TLS", "--tls options were given, but no master uses TLS");
  event::Loop loop = TRY(event::Loop::create());
  const auto buffer = TRY(Buffer::open_or_create(options.path, {.sync = options.sync}));
  const auto master = MasterLog::open(loop, *buffer, urls, std::move(session), context.report);
  CopySink sink(loop, *buffer, *master, context.report);
  return cli::pump(loop, *master, sink, options.pump, context);
}

}  // namespace

cli::Action declare_replicate(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  add_buffer(line, options->path, cli::Use::read, "the buffer comes first, the masters after it");
  line.add_texts("MASTER", options->master, "logd://HOST[:PORT] or logds://HOST[:PORT]; several are tried in order")
      .required();
  cli::add_duration(line, "--connect-timeout", options->session.dial.connect_timeout,
                    "give up on an address after this time");
  add_sync(
      line, options->sync,
      "disk: confirm messages after a sync to disk; os: without a sync, so that a power failure may destroy confirmed "
      "messages and the buffer");
  cli::add_duration(line, "--drain-time", options->pump.pump.drain_time,
                    "after SIGTERM, wait at most this long until all received messages are stored");
  cli::declare_tls(line, options->tls);
  return [options, &context] { return run(*options, context); };
}

}  // namespace logbuf
