// ring: files in which programs log with mulog.
#include <array>
#include <climits>
#include <memory>
#include <string>
#include <utility>

#include "cli/options.h"
#include "mulog/directory.h"
#include "tools/logcat/endpoints.h"
#include "tools/logcat/ring/ring_source.h"

namespace logcat {
namespace {

constexpr cli::Scheme kSchemes[] = {{"ring", "ring:[PATH]"}};
constexpr std::string_view kOptions[] = {"--poll"};

// Where programs of this user log, unless they are told otherwise.
base::Result<std::string> default_directory() {
  std::array<char, PATH_MAX> path;
  const int failed = mulog_directory(path.data(), path.size());
  if (failed == 0) return std::string(path.data());
  if (failed == ENOENT)
    return base::fail(base::Kind::usage, "read ring:", "there is no $MULOG_DIR and no $XDG_RUNTIME_DIR; name a path");
  return base::fail_errno(failed, "create directory " + std::string(path.data()));
}

base::Result<Opened> open(RingOptions own, event::Loop& loop, std::vector<net::Url> urls, const SharedOptions& shared,
                          const cli::Context& context) {
  own.exact = shared.exact;
  for (net::Url& url : urls)
    if (url.path.empty()) url.path = TRY(default_directory());
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
