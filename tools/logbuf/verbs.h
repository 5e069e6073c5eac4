// The verbs of logbuf: each declares its options and returns what it does. One file per verb.
#pragma once

#include "cli/tool.h"

namespace logbuf {

cli::Action declare_push(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_peek(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_pop(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_ack(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_rewind(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_cat(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_set(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_stat(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_consumer(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_verify(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_salvage(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_compact(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_replicate(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_serve(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_trim(cli::CommandLine& line, const cli::Context& context);

}  // namespace logbuf
