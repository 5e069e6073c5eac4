// The verbs of logredis: each declares its options and returns what it does. One file per verb.
#pragma once

#include "cli/tool.h"

namespace logredis {

cli::Action declare_push(CLI::App& app, const cli::Context& context);
cli::Action declare_peek(CLI::App& app, const cli::Context& context);
cli::Action declare_pop(CLI::App& app, const cli::Context& context);
cli::Action declare_ack(CLI::App& app, const cli::Context& context);
cli::Action declare_rewind(CLI::App& app, const cli::Context& context);
cli::Action declare_cat(CLI::App& app, const cli::Context& context);
cli::Action declare_stat(CLI::App& app, const cli::Context& context);
cli::Action declare_ls(CLI::App& app, const cli::Context& context);
cli::Action declare_trim(CLI::App& app, const cli::Context& context);

}  // namespace logredis
