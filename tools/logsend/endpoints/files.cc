// file: files that are appended to.
#include "tools/logsend/endpoints.h"
#include "tools/logsend/file_sink.h"

namespace logsend {
namespace {

constexpr cli::Scheme kSchemes[] = {{"file", "[file:]PATH"}};
constexpr std::string_view kOptions[] = {"--wire"};

// Which file a message goes to follows from the message before it is formatted, so that this sink does both.
base::Result<Opened> open(event::Loop& /*loop*/, const std::vector<net::Url>& urls, const SharedOptions& shared,
                          const cli::Context& context) {
  FileOptions options{.pattern = TRY(FilePattern::compile(urls.front().path)), .wire = shared.wire};
  const bool by_field = options.pattern.has_fields();
  if (by_field) {
    options.processor = std::make_unique<rules::Processor>(TRY(make_processor(shared.events)));
    options.report = context.report;
  }
  auto sink = TRY(FileSink::open(std::move(options)));
  const stream::Strength strength = *sink->strength();
  return Opened{std::move(sink), strength, by_field};
}

Open declare(cli::CommandLine&) {
  return open;
}

}  // namespace

constinit const Endpoint kFiles{
    {kSchemes, "strftime conversions and %{FIELD}s in the path; safe when it is on the disk", kOptions}, true, declare};

}  // namespace logsend
