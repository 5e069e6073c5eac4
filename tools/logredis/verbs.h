// The verbs of logredis: each declares its options and returns what it does. One file per verb.
#pragma once

#include "cli/tool.h"

namespace logredis {

cli::Action declare_push(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_peek(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_pop(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_ack(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_rewind(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_cat(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_stat(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_ls(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_serve(cli::CommandLine& line, const cli::Context& context);
cli::Action declare_trim(cli::CommandLine& line, const cli::Context& context);

}  // namespace logredis
