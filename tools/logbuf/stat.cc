// logbuf stat: what buffers hold, for people, for jq and for Prometheus.
#include "base/io.h"
#include "cli/options.h"
#include "tools/logbuf/shared_options.h"
#include "tools/logbuf/stat/view.h"
#include "tools/logbuf/verbs.h"

namespace logbuf {
namespace {

struct Options {
  std::vector<std::string> paths;
  bool json = false;
  bool prometheus = false;
};

std::string render(const std::vector<BufferView>& views, const Options& options) {
  if (options.prometheus) return to_metrics(views);
  std::string text;
  for (const BufferView& view : views) text += options.json ? to_json(view) + "\n" : to_text(view);
  return text;
}

// What can be read is shown, also when another buffer cannot.
base::Result<int> run(const Options& options, const cli::Context& context) {
  std::vector<BufferView> views;
  std::optional<base::Error> failure;
  for (const std::string& path : options.paths) {
    base::Result<BufferView> view = look_at(path);
    if (view) {
      views.push_back(std::move(*view));
      continue;
    }
    if (failure) context.report(base::Level::error, failure->text());
    failure = std::move(view.error());
  }
  if (!views.empty()) TRY(base::write_all(1, render(views, options), "stdout"));
  if (failure) return tl::unexpected(std::move(*failure));
  return 0;
}

}  // namespace

cli::Action declare_stat(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  add_buffers(line, options->paths);
  cli::Option json = line.add_flag("--json", options->json, "print one JSON object per buffer, each on its own line");
  line.add_flag("--prometheus", options->prometheus, "print the text format of Prometheus").excludes(json);
  return [options, context] { return run(*options, context); };
}

}  // namespace logbuf
