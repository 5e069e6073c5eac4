#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <new>

#include "base/io.h"
#include "base/signals.h"
#include "cli/command_line.h"
#include "cli/completion.h"
#include "cli/diagnostics.h"
#include "cli/environment.h"
#include "cli/help.h"
#include "cli/plugin.h"
#include "cli/suggestion.h"
#include "cli/tool.h"

namespace cli {
namespace {

using Arguments = std::span<const std::string>;

// One run of a tool.
class Invocation {
 public:
  Invocation(const Tool& tool, std::shared_ptr<Diagnostics> diagnostics)
      : tool_(tool), name_(tool.name), diagnostics_(std::move(diagnostics)) {}

  // The whole command line without the program's name, to the exit status.
  int start(Arguments arguments);

 private:
  [[nodiscard]] bool has_verbs() const { return !tool_.verbs.front().name.empty(); }
  [[nodiscard]] Context context_of(const Verb& verb) const;
  int dispatch(Arguments arguments);
  int unknown_verb(Arguments arguments);
  int run_verb(const Verb& verb, Arguments arguments);
  int act(const Action& action, const std::string& program);
  int print_completions(std::string_view shell);
  int print(const std::string& text);
  int print_version() { return print(name_ + " (logpipe) " LOGPIPE_VERSION "\n"); }
  int fail(const base::Error& error, const std::string& program);

  const Tool& tool_;
  std::string name_;
  std::shared_ptr<Diagnostics> diagnostics_;
};

base::Error usage_error(std::string text) {
  return {base::Kind::usage, std::move(text), ""};
}

Context Invocation::context_of(const Verb& verb) const {
  Context context;
  context.program = verb.name.empty() ? name_ : name_ + " " + std::string(verb.name);
  context.diagnostics = diagnostics_;
  context.report = [name = name_, diagnostics = diagnostics_](base::Level level, const std::string& text) {
    diagnostics->print(level, name, text);
  };
  return context;
}

// As of "| head": whoever closed the pipe knows, and the status says it to everybody else.
bool reader_has_gone(const base::Error& error) {
  return error.code == EPIPE && error.what == "write stdout";
}

// The command line was wrong in a verb's eyes, and its --help explains it; everything else the tool says.
int Invocation::fail(const base::Error& error, const std::string& program) {
  if (reader_has_gone(error)) return exit_status(error.kind);
  diagnostics_->print(base::Level::error, error.kind == base::Kind::usage ? program : name_, error.text());
  return exit_status(error.kind);
}

int Invocation::print(const std::string& text) {
  const auto written = base::write_all(STDOUT_FILENO, text, "stdout");
  return written ? EX_OK : fail(written.error(), name_);
}

int Invocation::start(Arguments arguments) {
  constexpr std::string_view kCompletions = "--completions";
  const std::string first = arguments.empty() ? "" : arguments.front();
  if (first == kCompletions) return print_completions(arguments.size() > 1 ? arguments[1] : "");
  if (first.starts_with("--completions=")) return print_completions(first.substr(kCompletions.size() + 1));
  return has_verbs() ? dispatch(arguments) : run_verb(tool_.verbs.front(), arguments);
}

int Invocation::dispatch(Arguments arguments) {
  if (arguments.empty()) {
    (void)base::write_all(STDERR_FILENO, tool_help(tool_), "stderr");
    return EX_USAGE;
  }
  const std::string& first = arguments.front();
  const bool asks_help = first == "help";
  if (first == "--version") return print_version();
  if (first == "--help" || first == "-h" || (asks_help && arguments.size() == 1)) return print(tool_help(tool_));
  if (first.size() > 1 && first.front() == '-')
    return fail(usage_error("no such option '" + first + "' before a verb; see '" + name_ + " --help'"), name_);

  const std::string& name = asks_help ? arguments[1] : first;
  const std::string help[] = {"--help"};
  for (const Verb& verb : tool_.verbs)
    if (verb.name == name) return run_verb(verb, asks_help ? Arguments(help) : arguments.subspan(1));
  return unknown_verb(asks_help ? arguments.subspan(1) : arguments);
}

int Invocation::unknown_verb(Arguments arguments) {
  const std::string& name = arguments.front();
  if (arguments.size() > 1 && std::ranges::find(tool_.verbs, arguments[1], &Verb::name) != tool_.verbs.end())
    return fail(usage_error("the verb comes first: '" + name_ + " " + arguments[1] + " " + name + "'"), name_);
  std::vector<std::string> names{"help"};
  for (const Verb& verb : tool_.verbs) names.emplace_back(verb.name);
  const std::string hint = suggestion(name, names);
  return fail(usage_error("no such verb '" + name + "'" + (hint.empty() ? ";" : hint) + " see '" + name_ + " --help'"),
              name_);
}

int Invocation::run_verb(const Verb& verb, Arguments arguments) {
  Context context = context_of(verb);
  auto invitation = take_invitation();
  if (!invitation) return fail(invitation.error(), name_);
  context.invitation = std::move(*invitation);
  auto sockets = take_sockets();
  if (!sockets) return fail(sockets.error(), name_);
  *context.sockets = std::move(*sockets);
  auto notify = take_notify();
  if (!notify) return fail(notify.error(), name_);
  context.notify = std::move(*notify);

  std::size_t end = arguments.size();
  if (verb.takes_command)
    end = static_cast<std::size_t>(std::find(arguments.begin(), arguments.end(), "--") - arguments.begin());
  if (end < arguments.size()) {
    context.command.assign(arguments.begin() + static_cast<std::ptrdiff_t>(end) + 1, arguments.end());
    if (context.command.empty() || context.command.front().empty())
      return fail(usage_error("--: a command must follow it"), context.program);
  }

  CommandLine line(verb, context);
  const auto wish = line.parse({arguments.begin(), arguments.begin() + static_cast<std::ptrdiff_t>(end)});
  if (!wish) return fail(wish.error(), context.program);
  switch (*wish) {
    case CommandLine::Wish::help:
      return print(verb_help(tool_, verb, line));
    case CommandLine::Wish::version:
      return print_version();
    case CommandLine::Wish::run:
      break;
  }
  return act(line.action(), context.program);
}

int Invocation::act(const Action& action, const std::string& program) {
  const auto status = action();
  diagnostics_->show_progress("");
  return status ? *status : fail(status.error(), program);
}

int Invocation::print_completions(std::string_view shell) {
  std::vector<VerbText> verbs;
  for (const Verb& verb : tool_.verbs) {
    const Context context = context_of(verb);
    const CommandLine line(verb, context);
    verbs.push_back({std::string(verb.name), std::string(verb.summary), line.options(), line.addresses()});
  }
  const auto script = completion_script(shell, name_, verbs);
  return script ? print(*script) : fail(script.error(), name_);
}

}  // namespace

int exit_status(base::Kind kind) {
  switch (kind) {
    case base::Kind::usage:
      return EX_USAGE;
    case base::Kind::data:
      return EX_DATAERR;
    case base::Kind::no_input:
      return EX_NOINPUT;
    case base::Kind::unavailable:
      return EX_UNAVAILABLE;
    case base::Kind::internal:
      return EX_SOFTWARE;
    case base::Kind::cannot_create:
      return EX_CANTCREAT;
    case base::Kind::io:
      return EX_IOERR;
    case base::Kind::temporary:
      return EX_TEMPFAIL;
    case base::Kind::protocol:
      return EX_PROTOCOL;
    case base::Kind::permission:
      return EX_NOPERM;
    case base::Kind::config:
      return EX_CONFIG;
  }
  return EX_SOFTWARE;
}

int run(const Tool& tool, int argc, char** argv) {
  fill_standard_descriptors();
  become_plugin(tool, argv);
  base::set_up_signals();
  const auto diagnostics = std::make_shared<Diagnostics>(journal_stream());
  int status = EX_SOFTWARE;
  try {
    const std::vector<std::string> arguments(argv + std::min(1, argc), argv + argc);
    status = Invocation(tool, diagnostics).start(arguments);
  } catch (const std::bad_alloc&) {
    diagnostics->print(base::Level::error, tool.name, "out of memory");
  } catch (const std::exception& error) {
    diagnostics->print(base::Level::error, tool.name, std::string("internal error: ") + error.what());
  }
  const auto closed = close_stdout();
  if (closed || status > 1) return status;
  if (!reader_has_gone(closed.error())) diagnostics->print(base::Level::error, tool.name, closed.error().text());
  return exit_status(closed.error().kind);
}

}  // namespace cli
