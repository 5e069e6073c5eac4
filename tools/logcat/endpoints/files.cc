// PATH, file:PATH and -: files and stdin.
#include "tools/logcat/files.h"

#include <algorithm>
#include <utility>

#include "tools/logcat/endpoints.h"

namespace logcat {
namespace {

constexpr cli::Scheme kSchemes[] = {{"file", "PATH"}, {"-", "-"}};
constexpr std::string_view kOptions[] = {"--input-framing"};

base::Result<Opened> open(event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& options,
                          const cli::Context& context) {
  const FileOptions file{.framing = options.framing.value_or(stream::Framing::line),
                         .max_message = options.max_message};
  auto files = std::make_unique<Files>(loop, urls, file, context.report);
  const Files& read = *files;
  const bool has_stdin = std::ranges::find(urls, "-", &net::Url::scheme) != urls.end();
  return Opened{.source = std::move(files), .one_shot = !has_stdin, .failure = [&read] { return read.failure(); }};
}

Open declare(cli::CommandLine&) {
  return open;
}

}  // namespace

constinit const Endpoint kFiles{
    {kSchemes, "files, read in order, gzip and zstd decompressed; - for stdin", kOptions}, false, declare};

}  // namespace logcat
