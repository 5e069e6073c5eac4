#include "rules/language/program.h"

#include "rules/language/parser.h"

namespace rules::language {

base::Result<std::unique_ptr<Program>> Program::compile(std::span<const Source> sources,
                                                        const Environment& environment) {
  std::unique_ptr<Program> program(new Program);
  Functions functions(environment);
  for (const Source& source : sources) {
    Parser parser(source.name, source.text, functions);
    TRY(parser.parse(program->block_));
    program->hints_.insert(program->hints_.end(), parser.hints().begin(), parser.hints().end());
    program->merges_ = program->merges_ || parser.merges();
    program->routes_ |= parser.routes();
  }
  program->dead_letters_ = functions.sink_named(kDeadLetters).value_or(0);
  return program;
}

Flow Program::run(codec::Event& event, Watcher* watcher) {
  Run run{.event = event, .failures = failures_, .space = space_, .workspace = workspace_, .watcher = watcher};
  const Flow flow = block_.run(run);
  joining_ = run.joining;
  route_ = run.route;
  if (run.forged && dead_letters_ != 0) {
    joining_ = {};
    route_ = dead_letters_;
  }
  return flow;
}

}  // namespace rules::language
