// logbuf verify: reads every byte of buffers and says what is wrong.

#include "tools/logbuf/verify.h"
#include "base/io.h"
#include "base/units.h"
#include "tools/logbuf/shared_options.h"
#include "tools/logbuf/verbs.h"

namespace logbuf {

base::Result<Soundness> verify(const std::string& path, const base::Report& report) {
  const auto buffer = TRY(Buffer::open(path, {.access = Access::read_only}));
  Soundness result;
  result.good = TRY(buffer->verify([&](const std::string& problem) {
    result.sound = false;
    report(base::Level::error, "verify buffer " + path + ": " + problem);
  }));
  return result;
}

namespace {

base::Result<bool> verify_aloud(const std::string& path, const cli::Context& context) {
  const auto [good, sound] = TRY(verify(path, context.report));
  TRY(base::write_all(1,
                      path + ": " + base::count_of(good, "message") +
                          (sound       ? ", all sound\n"
                           : good == 1 ? " is sound\n"
                                       : " are sound\n"),
                      "stdout"));
  return sound;
}

base::Result<int> run(const std::vector<std::string>& paths, const cli::Context& context) {
  bool sound = true;
  int status = 0;
  for (const std::string& path : paths) {
    const base::Result<bool> result = verify_aloud(path, context);
    if (result) {
      sound = sound && *result;
      continue;
    }
    context.report(base::Level::error, result.error().text());
    if (result.error().kind == base::Kind::data)
      sound = false;
    else
      status = cli::exit_status(result.error().kind);
  }
  if (sound) return status;
  return base::fail(base::Kind::data, "verify", kDamageFound);
}

}  // namespace

cli::Action declare_verify(cli::CommandLine& line, const cli::Context& context) {
  auto paths = std::make_shared<std::vector<std::string>>();
  add_buffers(line, *paths);
  return [paths, context] { return run(*paths, context); };
}

}  // namespace logbuf
