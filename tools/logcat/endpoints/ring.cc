// ring: files in which programs log with mulog.
#include <array>
#include <climits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cli/options.h"
#include "mulog/directory.h"
#include "tools/logcat/endpoints.h"
#include "tools/logcat/ring/metrics_page.h"
#include "tools/logcat/ring/ring_source.h"

namespace logcat {
namespace {

constexpr cli::Scheme kSchemes[] = {{"ring", "ring:[PATH]"}};
constexpr std::string_view kOptions[] = {"--poll", "--metrics", "--print-address"};

struct Own {
  RingOptions source;
  std::optional<net::Url> metrics;
};

// Where programs of this user log, unless they are told otherwise.
base::Result<std::string> default_directory() {
  std::array<char, PATH_MAX> path;
  const int failed = mulog_directory(path.data(), path.size());
  if (failed == 0) return std::string(path.data());
  if (failed == ENOENT)
    return base::fail(base::Kind::usage, "read ring:", "there is no $MULOG_DIR and no $XDG_RUNTIME_DIR; name a path");
  return base::fail_errno(failed, "create directory " + std::string(path.data()));
}

base::Result<Opened> open(const Own& own, event::Loop& loop, std::vector<net::Url> urls, const SharedOptions& shared,
                          const cli::Context& context) {
  RingOptions options = own.source;
  options.exact = shared.exact;
  for (net::Url& url : urls)
    if (url.path.empty()) url.path = TRY(default_directory());
  std::unique_ptr<MetricsPage> metrics;
  if (own.metrics) metrics = TRY(MetricsPage::open(loop, *own.metrics, context.sockets, context.report));
  auto source = TRY(RingSource::open(loop, urls, options, std::move(metrics), context.report));
  RingSource& rings = *source;
  return Opened{.source = std::move(source),
                .addresses = rings.addresses(),
                .origin = rings.origin(),
                .renew_origin = [&rings](const stream::Greeting& greeting) { return rings.renew_origin(greeting); },
                .on_greeting = [&rings](const stream::Greeting& greeting) { rings.greeted(greeting); }};
}

Open declare(cli::CommandLine& line) {
  const auto own = std::make_shared<Own>();
  cli::add_duration(line, "--poll", own->source.poll,
                    "how often to look for events in rings; orders them by time meanwhile")
      .group("Rings");
  cli::add_parsed(
      line, "--metrics", own->metrics,
      [](const std::string& text) -> base::Result<std::optional<net::Url>> { return TRY(MetricsPage::parse(text)); },
      "serve at this address how many events of each name there were, and the sums of their numbers, for Prometheus")
      .value_name("URL")
      .group("Rings");
  return [own](event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& shared,
               const cli::Context& context) { return open(*own, loop, urls, shared, context); };
}

}  // namespace

constinit const Endpoint kRing{
    {kSchemes, "events of programs that log with mulog: a ring file, or a directory of them", kOptions}, true, declare};

}  // namespace logcat
