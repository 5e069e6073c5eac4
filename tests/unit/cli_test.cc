#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "base/fd.h"
#include "base/io.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/tool.h"

namespace {

struct PushOptions {
  std::string buffer;
  base::Bytes max_size{1 << 30};
  cli::SinkOptions sink;
};

base::Result<int> push(const PushOptions& options, const cli::Context& context) {
  if (options.buffer == "missing") return base::fail_errno(ENOENT, "open buffer missing");
  if (options.buffer == "nothing") return 1;
  if (options.buffer == "broken") throw std::runtime_error("invariant");
  if (options.buffer == "vast") throw std::bad_alloc();
  if (options.buffer == "secret") context.report(base::Level::note, "connected to redis://me:secret@host\n<3>forged");
  std::cout << "pushed " << options.max_size.count;
  if (context.invitation) std::cout << " for " << context.invitation->origin;
  if (std::getenv("LOGPIPE") != nullptr) std::cout << " and LOGPIPE is inherited";
  return 0;
}

cli::Action declare_push(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<PushOptions>();
  line.add_text("BUFFER", options->buffer, "the buffer's directory").required();
  cli::add_bytes(line, "--max-size", options->max_size, "its capacity");
  cli::declare_sink(line, context, options->sink);
  return [options, &context] { return push(*options, context); };
}

cli::Action declare_peek(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<cli::SourceOptions>();
  cli::declare_source(line, context, *options);
  return [options]() -> base::Result<int> {
    std::cout << stream::framing_name(options->output.format.framing);
    for (const std::string& word : options->output.command) std::cout << '|' << word;
    return 0;
  };
}

// Shows what became of every kind of value.
cli::Action declare_echo(cli::CommandLine& line, const cli::Context&) {
  struct Options {
    std::string text;
    std::vector<std::string> texts;
    std::string value;
    std::vector<std::string> values;
    std::vector<std::string> words;
  };
  const auto options = std::make_shared<Options>();
  line.add_text("--text", options->text, "a text");
  line.add_texts("--texts", options->texts, "texts");
  cli::add_parsed(
      line, "--value", options->value, [](const std::string& text) -> base::Result<std::string> { return text; },
      "a value");
  const auto add = [options](const std::string& text) -> base::Result<void> {
    options->values.push_back(text);
    return {};
  };
  line.add_values("--values", add, "values");
  line.add_texts("WORD", options->words, "words");
  return [options]() -> base::Result<int> {
    std::cout << options->text << '|' << options->value;
    for (const auto* list : {&options->texts, &options->values, &options->words}) {
      std::cout << '|';
      for (const std::string& each : *list) std::cout << each << ' ';
    }
    return 0;
  };
}

constexpr cli::Verb kVerbs[] = {
    {"push", "append messages", "logbuf push [OPTION]... BUFFER", "logbuf push q < file", declare_push},
    {"peek", "hand messages out", "logbuf peek [OPTION]... [-- COMMAND...]", "logbuf peek", declare_peek, true},
    {"echo", "show the arguments", "logbuf echo [OPTION]... [WORD]...", "logbuf echo x", declare_echo},
};

struct Outcome {
  int status;
  std::string out;
  std::string err;
};

std::string drain(base::Fd& fd) {
  std::string text;
  char piece[4096];
  for (ssize_t n; (n = ::read(fd.get(), piece, sizeof piece)) > 0;) text.append(piece, static_cast<std::size_t>(n));
  return text;
}

// The tool in a process of its own, because run() closes stdout. `setup` runs there first.
Outcome logbuf(
    std::vector<std::string> arguments, void (*setup)() = [] {}) {
  base::Pipe out = *base::open_pipe();
  base::Pipe err = *base::open_pipe();
  std::cout.flush();
  std::fflush(stdout);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::dup2(out.write.get(), STDOUT_FILENO);
    ::dup2(err.write.get(), STDERR_FILENO);
    ::unsetenv("JOURNAL_STREAM");
    setup();
    std::vector<char*> argv{const_cast<char*>("logbuf")};
    for (std::string& argument : arguments) argv.push_back(argument.data());
    ::_exit(cli::run({"logbuf", "a durable buffer", kVerbs}, static_cast<int>(argv.size()), argv.data()));
  }
  out.write.reset();
  err.write.reset();
  Outcome outcome{0, drain(out.read), drain(err.read)};
  int status = 0;
  ::waitpid(pid, &status, 0);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

void check_usage(const Outcome& outcome, const std::string& line) {
  CHECK(outcome.status == 64);
  CHECK(outcome.out == "");
  CHECK(outcome.err == line + "\n");
}

}  // namespace

TEST_CASE("passwords in URLs are hidden wherever they stand") {
  CHECK(cli::redact("connect redis://me:secret@host:1/0: refused") == "connect redis://me:***@host:1/0: refused");
  CHECK(cli::redact("redis://:secret@host") == "redis://:***@host");
  CHECK(cli::redact("tcp://a:1,tcp://me:x@b:2") == "tcp://a:1,tcp://me:***@b:2");
  CHECK(cli::redact("http://me:p@ss/w@host") == "http://me:***@host");
  CHECK(cli::redact("http://me:p/w@host") == "http://me:***@host");
}

TEST_CASE("text without passwords is left alone") {
  CHECK(cli::redact("connect tcp://[::1]:514: refused") == "connect tcp://[::1]:514: refused");
  CHECK(cli::redact("http://me@host:80/a:b") == "http://me@host:80/a:b");
  CHECK(cli::redact("user:password@host") == "user:password@host");
  CHECK(cli::redact("://") == "://");
  CHECK(cli::redact("") == "");
}

TEST_CASE("every kind of error has its own exit status from sysexits") {
  CHECK(cli::exit_status(base::Kind::usage) == 64);
  CHECK(cli::exit_status(base::Kind::data) == 65);
  CHECK(cli::exit_status(base::Kind::no_input) == 66);
  CHECK(cli::exit_status(base::Kind::unavailable) == 69);
  CHECK(cli::exit_status(base::Kind::internal) == 70);
  CHECK(cli::exit_status(base::Kind::cannot_create) == 73);
  CHECK(cli::exit_status(base::Kind::io) == 74);
  CHECK(cli::exit_status(base::Kind::temporary) == 75);
  CHECK(cli::exit_status(base::Kind::protocol) == 76);
  CHECK(cli::exit_status(base::Kind::permission) == 77);
  CHECK(cli::exit_status(base::Kind::config) == 78);
}

TEST_CASE("--version names tool, suite and version") {
  CHECK(logbuf({"--version"}).out == "logbuf (logpipe) " LOGPIPE_VERSION "\n");
  CHECK(logbuf({"push", "--version"}).out == "logbuf (logpipe) " LOGPIPE_VERSION "\n");
}

TEST_CASE("--help lists the verbs on stdout") {
  const Outcome outcome = logbuf({"--help"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err == "");
  CHECK(outcome.out.find("  push  append messages\n") != std::string::npos);
  CHECK(logbuf({"help"}).out == outcome.out);
}

TEST_CASE("a verb's --help shows its options, their defaults and examples") {
  const Outcome outcome = logbuf({"push", "--help"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out.find("its capacity (default: 1GiB)\n") != std::string::npos);
  CHECK(outcome.out.find("\n  logbuf push q < file\n") != std::string::npos);
  CHECK(logbuf({"help", "push"}).out == outcome.out);
}

TEST_CASE("without a verb the usage goes to stderr") {
  const Outcome outcome = logbuf({});
  CHECK(outcome.status == 64);
  CHECK(outcome.out == "");
  CHECK(outcome.err.starts_with("usage: logbuf VERB"));
}

TEST_CASE("a wrong command line is explained in one line") {
  check_usage(logbuf({"psh"}), "logbuf: no such verb 'psh'; did you mean 'push'? see 'logbuf --help'");
  check_usage(logbuf({"push"}), "logbuf push: BUFFER is required; see 'logbuf push --help'");
  check_usage(logbuf({"push", "q", "r"}), "logbuf push: unexpected argument 'r'; see 'logbuf push --help'");
  check_usage(logbuf({"push", "--max-size", "12x", "q"}),
              "logbuf push: --max-size: '12x' is not a size, such as 64MiB");
  check_usage(logbuf({"push", "--max-sze", "1", "q"}),
              "logbuf push: no such option '--max-sze'; did you mean '--max-size'? see 'logbuf push --help'");
  check_usage(logbuf({"push", "--max-size=", "q"}), "logbuf push: --max-size: needs a value");
}

TEST_CASE("options that contradict each other are refused") {
  check_usage(logbuf({"push", "-r", "q"}), "logbuf push: -r needs ids: add -i");
  check_usage(logbuf({"push", "-0", "-F", "octet", "q"}), "logbuf push: --null: contradicts --framing octet");
  check_usage(logbuf({"peek", "--batch", "5"}), "logbuf peek: --batch: needs a command: add '-- COMMAND'");
  check_usage(logbuf({"peek", "--plain"}), "logbuf peek: --plain: needs a command: add '-- COMMAND'");
  check_usage(logbuf({"peek", "--plain", "--batch", "5", "--", "cat"}),
              "logbuf peek: --batch: cannot be combined with --plain");
  check_usage(logbuf({"peek", "--"}), "logbuf peek: --: a command must follow it");
}

TEST_CASE("what follows the first -- is the sink's command line, untouched") {
  CHECK(logbuf({"peek", "-0", "--", "cat", "-F", "--", "x"}).out == "nul|cat|-F|--|x");
}

TEST_CASE("-- ends the options of a verb that takes no command") {
  CHECK(logbuf({"push", "--", "-q"}).out == "pushed 1073741824");
}

TEST_CASE("a word in brackets is one word, wherever it stands") {
  CHECK(logbuf({"echo", "[ab]", "[a,b]", "[]", "[[a]]", "--", "[-x]"}).out == "||||[ab] [a,b] [] [[a]] [-x] ");
  CHECK(logbuf({"echo", "--text", "[x,y]", "--value", "[0-9]"}).out == "[x,y]|[0-9]|||");
  CHECK(logbuf({"echo", "--texts", "[a,b]", "--texts=[c]", "--values", "[d,e]", "--values=[f]"}).out ==
        "||[a,b] [c] |[d,e] [f] |");
  check_usage(logbuf({"push", "q", "[r]"}), "logbuf push: unexpected argument '[r]'; see 'logbuf push --help'");
  check_usage(logbuf({"push", "--max-size", "[1]", "q"}),
              "logbuf push: --max-size: '[1]' is not a size, such as 64MiB");
}

TEST_CASE("of an option given twice the last one counts") {
  CHECK(logbuf({"push", "q", "--max-size", "1", "--max-size=2"}).out == "pushed 2");
}

TEST_CASE("an action's errors and answers become the exit status") {
  CHECK(logbuf({"push", "nothing"}).status == 1);
  const Outcome missing = logbuf({"push", "missing"});
  CHECK(missing.status == 66);
  CHECK(missing.err == "logbuf: open buffer missing: No such file or directory\n");
}

TEST_CASE("an exception that escapes is one line and our bug") {
  const Outcome broken = logbuf({"push", "broken"});
  CHECK(broken.status == 70);
  CHECK(broken.err == "logbuf: internal error: invariant\n");
  const Outcome vast = logbuf({"push", "vast"});
  CHECK(vast.status == 70);
  CHECK(vast.err == "logbuf: out of memory\n");
}

TEST_CASE("a diagnostic is one line without passwords") {
  CHECK(logbuf({"push", "secret"}).err == "logbuf: connected to redis://me:***@host\\x0a<3>forged\n");
}

TEST_CASE("a full disk under stdout is not success") {
  const Outcome outcome = logbuf({"push", "q"}, [] { REQUIRE(std::freopen("/dev/full", "w", stdout) != nullptr); });
  CHECK(outcome.status == 74);
  CHECK(outcome.err == "logbuf: write stdout: No space left on device\n");
}

TEST_CASE("a closed stdout is not success") {
  const Outcome outcome = logbuf({"push", "q"}, [] { ::close(STDOUT_FILENO); });
  CHECK(outcome.status == 74);
  CHECK(outcome.err == "logbuf: write stdout: Bad file descriptor\n");
}

TEST_CASE("the hop's invitation reaches the verb and not its children") {
  const Outcome outcome = logbuf({"push", "q"}, [] {
    ::setenv("LOGPIPE", stream::format_invitation({1024, "uuid/1"}, ::getpid()).c_str(), 1);
  });
  CHECK(outcome.out == "pushed 1073741824 for uuid/1");
}

TEST_CASE("completions for an unknown shell are refused") {
  check_usage(logbuf({"--completions", "ksh"}), "logbuf: --completions: 'ksh' is not bash, zsh or fish");
}

TEST_CASE("completions name verbs and their options") {
  const std::string script = logbuf({"--completions", "bash"}).out;
  CHECK(script.find("push) options='--max-size --framing ") != std::string::npos);
  CHECK(script.ends_with("complete -o default -F _logbuf logbuf\n"));
}

TEST_CASE("progress is shown after a second, with the rates of the last full second") {
  const base::Instant start{};
  cli::Progress progress(start);
  CHECK_FALSE(progress.update({1000, 100000, 0}, start + std::chrono::milliseconds(900)));
  CHECK(progress.update({4000, 2000000, 0}, start + std::chrono::seconds(2)) ==
        "4000 messages, 2.0 MB, 2000 messages/s, 1.0 MB/s");
}
