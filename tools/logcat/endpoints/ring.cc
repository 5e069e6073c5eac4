// ring: files in which programs log with mulog.
#include <memory>
#include <utility>

#include "cli/options.h"
#include "tools/logcat/endpoints.h"
#include "tools/logcat/ring/ring_source.h"

namespace logcat {
namespace {

constexpr cli::Scheme kSchemes[] = {{"ring", "ring:PATH"}};
constexpr std::string_view kOptions[] = {"--poll"};

base::Result<Opened> open(RingOptions own, event::Loop& loop, const std::vector<net::Url>& urls,
                          const SharedOptions& shared, const cli::Context& context) {
  own.exact = shared.exact;
  auto source = TRY(RingSource::open(loop, urls, own, context.report));
  RingSource& rings = *source;
  return Opened{.source = std::move(source),
                .origin = rings.origin(),
                .renew_origin = [&rings](const stream::Greeting& greeting) { return rings.renew_origin(greeting); },
                .on_greeting = [&rings](const stream::Greeting& greeting) { rings.greeted(greeting); }};
}

Open declare(cli::CommandLine& line) {
  const auto own = std::make_shared<RingOptions>();
  cli::add_duration(line, "--poll", own->poll, "how often to look for events in rings; orders them by time meanwhile")
      .group("Rings");
  return [own](event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& shared,
               const cli::Context& context) { return open(*own, loop, urls, shared, context); };
}

}  // namespace

constinit const Endpoint kRing{
    {kSchemes, "events of programs that log with mulog: a ring file, or a directory of them", kOptions}, true, declare};

}  // namespace logcat
