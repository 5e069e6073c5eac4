// logbuf peek and pop: from the head of a consumer's R to stdout or a sink.
#include <algorithm>
#include <limits>

#include "cli/options.h"
#include "rules/event_options.h"
#include "rules/processed.h"
#include "tools/logbuf/arrival.h"
#include "tools/logbuf/consumer_source.h"
#include "tools/logbuf/shared_options.h"
#include "tools/logbuf/verbs.h"

namespace logbuf {
namespace {

struct Options {
  cli::SourceOptions source;
  std::string path;
  std::string consumer = kDefaultConsumer;
  std::optional<std::uint64_t> count;
  std::optional<std::uint64_t> prefetch;
  ConsumerStart start = ConsumerStart::oldest;
  bool follow = false;
  bool fail_empty = false;
  bool skip_damage = true;
  bool pop = false;
  bool report_loss = false;
  LossForm loss_form = LossForm::logbuf;
  rules::ProcessorOptions events;
};

ConsumerSourceOptions source_options(const Options& options, std::uint64_t left) {
  const stream::OutputOptions& output = options.source.output;
  const bool to_command = !output.command.empty();
  return {.consumer = options.consumer,
          .follow = options.follow,
          .count = left,
          .ids = output.needs_ids(),
          .acknowledge = options.pop || to_command,
          .take_back = options.pop || to_command || options.follow,
          .origin = output.passes_origin() && !options.events.merges(),
          .rewritten = options.events.rewrites(),
          .skip_damage = options.skip_damage,
          .report_loss = options.report_loss,
          .loss_form = options.loss_form,
          .prefetch = output.prefetch(options.prefetch)};
}

// One stream under one origin. Returns what it handed out, and whether a rewind calls for another.
struct Turn {
  int status = 0;
  std::uint64_t messages = 0;
  bool again = false;
};

base::Result<Turn> turn(event::Loop& loop, Buffer& buffer, const Options& options, std::uint64_t left,
                        const cli::Context& context) {
  auto opened = TRY(ConsumerSource::open(loop, buffer, source_options(options, left), context.report));
  ConsumerSource& source = *opened;
  const auto processed = TRY(rules::processed(loop, std::move(opened), options.events, context.report));
  stream::OutputOptions output = options.source.output;
  output.ids_origin = TRY(buffer.state()).uuid;
  output.origin = source.origin();
  if (options.events.merges()) output.lasting_ids = false;
  output.renew_origin = [&source](const stream::Greeting& greeting) { return source.renew_origin(greeting); };
  output.on_greeting = [&source](const stream::Greeting& greeting) { source.greeted(greeting.last.value_or(0)); };
  output.one_shot = !options.follow;
  output.max_message = kLongestMessage;
  const auto sink = TRY(stream::open_output(loop, std::move(output), context.report));
  base::Result<int> pumped = cli::pump(loop, *processed, *sink, options.source, context);
  base::Result<void> closed = source.close();
  if (!pumped) return tl::unexpected(std::move(pumped.error()));
  if (!closed) return tl::unexpected(std::move(closed.error()));
  const int status = source.damaged() ? cli::exit_status(base::Kind::data) : *pumped;
  return Turn{status, source.handed_out(), source.rewound()};
}

base::Result<int> run(const Options& options, const cli::Context& context) {
  event::Loop loop = TRY(event::Loop::create());
  if (options.follow && !TRY(wait_for_buffer(loop, options.path, context.report))) return 0;
  const auto buffer = TRY(Buffer::open(options.path, {}));
  TRY(require_consumer(*buffer, options.consumer, options.start));
  std::uint64_t left = options.count.value_or(std::numeric_limits<std::uint64_t>::max());
  bool nothing = true;
  int status = 0;
  for (;;) {
    const Turn done = TRY(turn(loop, *buffer, options, left, context));
    left -= done.messages;
    nothing = nothing && done.messages == 0;
    status = std::max(status, done.status);
    if (!done.again) return status == 0 && options.fail_empty && nothing ? 1 : status;
  }
}

cli::Action declare(cli::CommandLine& line, const cli::Context& context, bool pop) {
  auto options = std::make_shared<Options>();
  options->pop = pop;
  options->source.output.lasting_ids = true;
  cli::declare_source(line, context, options->source);
  add_buffer(line, options->path);
  add_consumer_name(line, options->consumer);
  cli::add_number(line, "-n,--count", options->count, "hand out at most N messages, then end");
  cli::add_prefetch(line, options->prefetch);
  line.add_flag("-f,--follow", options->follow, "wait for more messages instead of ending");
  line.add_flag("--fail-empty", options->fail_empty, "exit with status 1 if there were no messages");
  add_start(line, options->start, "where the default consumer begins, if this command makes it: oldest or newest");
  add_on_damage(line, options->skip_damage);
  line.add_flag("--report-loss", options->report_loss, "where messages were dropped, hand out one that says how many");
  const cli::Choices<LossForm> forms{{"logbuf", LossForm::logbuf}, {"logplex", LossForm::logplex}};
  cli::add_choice(line, "--loss-form", options->loss_form, forms,
                  "whose words such a message has: logbuf, or logplex (its error L10)")
      .value_name("FORM")
      .default_text("logbuf");
  cli::declare_sinks(line, options->source.output);
  rules::declare_events(line, options->events, {.output = &options->source.output});
  if (!pop) line.check([options = options.get()] { return cli::need_sink_of_rest(options->source.output); });
  return [options, context] { return run(*options, context); };
}

}  // namespace

cli::Action declare_peek(cli::CommandLine& line, const cli::Context& context) {
  return declare(line, context, false);
}
cli::Action declare_pop(cli::CommandLine& line, const cli::Context& context) {
  return declare(line, context, true);
}

}  // namespace logbuf
