// What every tool's main is: a const table of verbs and one call. Only this folder prints, exits or reads the
// environment.
//
//   constexpr cli::Verb kVerbs[] = {{"push", "append messages", "logbuf push [OPTION]... BUFFER", kExamples,
//   declare_push}, ...}; int main(int argc, char** argv) { return cli::run({"logbuf", "a durable buffer", kVerbs},
//   argc, argv); }
//
// run() splits the command line at "--" (for verbs that take a sink), dispatches, prints --help and --version on
// stdout, turns Errors into one line on stderr and an exit status, and flushes stdout last, so that a full disk never
// looks like success.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/report.h"
#include "base/result.h"
#include "event/notify.h"
#include "net/inherited.h"
#include "stream/handshake.h"

namespace cli {

class CommandLine;
class Diagnostics;

// What a verb learns from outside its own options.
struct Context {
  std::string program;                           // "logbuf push"
  std::vector<std::string> command;              // what stood after "--", for verbs with takes_command
  std::optional<stream::Invitation> invitation;  // set in a hop's child
  event::NotifyOptions notify;                   // who wants to know how this process is
  std::shared_ptr<net::InheritedSockets> sockets = std::make_shared<net::InheritedSockets>();  // it was started with
  base::Report report;                                                                         // prints a diagnostic
  std::shared_ptr<Diagnostics> diagnostics;  // for the progress line, which diagnostics must not collide with
};

// The verb's work, with its options bound; gives the exit status (0, or 1 for a question answered "nothing").
using Action = std::function<base::Result<int>()>;

struct Verb {
  std::string_view name;                                         // empty: the tool has no verbs and this is all of it
  std::string_view summary;                                      // one line, for the tool's --help
  std::string_view usage;                                        // "logbuf push [OPTION]... BUFFER"
  std::string_view examples;                                     // shown at the end of --help, indented by two spaces
  Action (*declare)(CommandLine& line, const Context& context);  // binds options, touches nothing else
  bool takes_command = false;  // "--" starts a sink's command line; otherwise it ends the options
};

struct Tool {
  std::string_view name;
  std::string_view summary;
  std::span<const Verb> verbs;
  // The program for an address of a scheme that is not built in, nothing for other arguments; null: there are none.
  std::optional<std::string> (*plugin_name)(std::string_view address) = nullptr;
};

int run(const Tool& tool, int argc, char** argv);

// sysexits.h; see logpipe(7), EXIT STATUS.
int exit_status(base::Kind kind);

// "user:password@" in URLs becomes "user:***@", wherever it stands in the text.
std::string redact(std::string_view text);

}  // namespace cli
