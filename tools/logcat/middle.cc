#include "tools/logcat/middle.h"

#include <algorithm>
#include <utility>

#include "base/units.h"
#include "event/loop.h"
#include "rules/processed.h"
#include "stream/output.h"
#include "stream/reach.h"

namespace logcat {
namespace {

using base::Kind;

// Of a sink that fails, in a hop. The source starts this process again, and may want to give up at some time.
constexpr base::Duration kRetryTime = std::chrono::seconds(30);

// The sink's command could not be executed. A shell's status for that: its source takes it for final, where it tries
// again after Kind::unavailable (stream::permanent_kind).
constexpr int kNoCommand = 127;

struct Ends {
  std::unique_ptr<stream::Source> source;
  std::unique_ptr<stream::Sink> sink;
};

stream::OutputOptions output_options(const stream::OutputOptions& chosen,
                                     const std::optional<stream::Invitation>& upstream) {
  stream::OutputOptions output = chosen;
  output.upstream = upstream;
  output.receipts = output.receipts || upstream;
  if (!upstream) return output;
  output.origin = upstream->origin;
  output.lasting_ids = !output.origin.empty();
  output.ids_origin = output.origin;
  if (!output.retry_time) output.retry_time = upstream->retry_time.value_or(kRetryTime);
  return output;
}

base::Result<Ends> open_ends(event::Loop& loop, const stream::InputOptions& options,
                             const stream::OutputOptions& output, const rules::ProcessorOptions& events,
                             const cli::Context& context) {
  auto input = TRY(stream::Input::open(loop, options, context.invitation, context.report));
  auto opened = std::make_unique<Middle>(std::move(input), events.rewrites());
  Middle& middle = *opened;
  Ends ends{.source = TRY(rules::processed(loop, std::move(opened), events, context.report)), .sink = nullptr};
  stream::OutputOptions to_sink = output_options(output, context.invitation);
  if (events.merges()) {
    to_sink.origin.clear();
    to_sink.ids_origin.clear();
    to_sink.lasting_ids = false;
  }
  to_sink.renew_origin = [&middle](const stream::Greeting& greeting) { return middle.renew_origin(greeting); };
  to_sink.on_greeting = [&middle](const stream::Greeting& greeting) { middle.sink_greeted(greeting); };
  ends.sink = TRY(stream::open_output(loop, std::move(to_sink), context.report));
  if (!context.invitation) return ends;
  (void)TRY(stream::await_strength(loop, *ends.sink));
  TRY(middle.greet(*ends.sink));
  return ends;
}

}  // namespace

void Middle::sink_greeted(const stream::Greeting& greeting) {
  if (sink_ != nullptr) return;
  if (!told_.last || greeting.last > told_.last) told_ = greeting;
}

base::Result<std::string> Middle::renew_origin(const stream::Greeting& greeting) const {
  if (sink_ == nullptr) return std::string();  // the source will be told
  if (greeting.newest().value_or(0) <= std::max(told_.newest().value_or(0), newest_)) return std::string();
  return base::fail(Kind::temporary, "",
                    "only those up to " + std::to_string(newest_) + " were read here; run again, to ask the source");
}

base::Result<void> Middle::greet(const stream::Sink& sink) {
  sink_ = &sink;
  told_.strength = sink.strength().value_or(stream::Strength::sent);
  if (told_.taken && rewrites_) told_.taken->fingerprint.reset();
  return input_.greet(told_);
}

base::Result<stream::Next> Middle::read(stream::Batch& batch, std::size_t limit) {
  const std::size_t before = batch.count();
  auto next = source().read(batch, limit);
  if (batch.count() > before)
    if (const auto id = base::parse_number(batch.id(batch.count() - 1))) newest_ = *id;
  return next;
}

base::Result<void> Middle::acknowledge(std::uint64_t count) {
  if (sink_ != nullptr && sink_->strength() > told_.strength)
    return base::fail(Kind::temporary, "pass on receipts",
                      "the sink says since its restart that they mean '" +
                          std::string(stream::strength_name(*sink_->strength())) + "', and the source was told '" +
                          std::string(stream::strength_name(told_.strength)) + "'; run again");
  return source().acknowledge(count);
}

base::Result<int> run_middle(const stream::InputOptions& input, cli::SourceOptions source,
                             const rules::ProcessorOptions& events, const cli::Context& context) {
  event::Loop loop = TRY(event::Loop::create());
  if (context.invitation) source.pump.linger = stream::linger_time(context.invitation->hop, source.pump.drain_time);
  const auto ends = open_ends(loop, input, source.output, events, context);
  if (!ends && context.invitation && ends.error().kind == Kind::unavailable) {
    context.report(base::Level::error, ends.error().text());
    return kNoCommand;
  }
  if (!ends) return tl::unexpected(ends.error());
  return cli::pump(loop, *ends->source, *ends->sink, source, context);
}

}  // namespace logcat
