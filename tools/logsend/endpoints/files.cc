// file: files that are appended to.
#include "tools/logsend/endpoints.h"
#include "tools/logsend/file_sink.h"

namespace logsend {
namespace {

constexpr cli::Scheme kSchemes[] = {{"file", "[file:]PATH"}};
constexpr std::string_view kOptions[] = {"--wire", "--rotate-size", "--rotate-time", "--rotate-compress", "--keep"};

// Which file a message goes to follows from the message before it is formatted, so that this sink does both.
base::Result<Opened> open(const RotationOptions& rotation, const std::vector<net::Url>& urls,
                          const SharedOptions& shared, const cli::Context& context) {
  FileOptions options{.pattern = TRY(FilePattern::compile(urls.front().path)),
                      .wire = shared.wire,
                      .rotation = rotation,
                      .report = context.report};
  const bool by_field = options.pattern.has_fields();
  if (by_field) options.processor = std::make_unique<rules::Processor>(TRY(make_processor(shared.events)));
  auto sink = TRY(FileSink::open(std::move(options)));
  const stream::Strength strength = *sink->strength();
  return Opened{std::move(sink), strength, by_field};
}

void declare_rotation(cli::CommandLine& line, RotationOptions& rotation) {
  constexpr char kGroup[] = "Files";
  cli::add_bytes(line, "--rotate-size", rotation.size, "rotate a file before it grows beyond this size", {1})
      .group(kGroup);
  cli::add_duration(line, "--rotate-time", rotation.time, "rotate a file that was made so long ago").group(kGroup);
  const cli::Choices<codec::Coding> codings{{"gzip", codec::Coding::gzip}, {"zstd", codec::Coding::zstd}};
  cli::add_choice(line, "--rotate-compress", rotation.compress, codings, "compress rotated files").group(kGroup);
  cli::add_number(line, "--keep", rotation.keep, "keep at most this many rotated files of each name", 1).group(kGroup);
  line.check([&rotation, &line]() -> base::Result<void> {
    for (const char* name : {"--rotate-compress", "--keep"})
      if (line.has(name) && !rotation.is_wanted()) return cli::reject(name, "needs --rotate-size or --rotate-time");
    return {};
  });
}

Open declare(cli::CommandLine& line) {
  const auto rotation = std::make_shared<RotationOptions>();
  declare_rotation(line, *rotation);
  return [rotation](event::Loop& /*loop*/, const std::vector<net::Url>& urls, const SharedOptions& shared,
                    const cli::Context& context) { return open(*rotation, urls, shared, context); };
}

}  // namespace

constinit const Endpoint kFiles{
    {kSchemes, "strftime conversions and %{FIELD}s in the path; safe when it is on the disk", kOptions}, true, declare};

}  // namespace logsend
