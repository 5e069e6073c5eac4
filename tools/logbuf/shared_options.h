// Options that several verbs of logbuf share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/meant.h"
#include "cli/options.h"
#include "net/url.h"
#include "tools/logbuf/store/buffer.h"

namespace logbuf {

inline constexpr char kDefaultConsumer[] = "default";

// What is stored was cut when it came in, by whatever --max-message was then.
inline constexpr std::size_t kLongestMessage = std::size_t{1} << 30;

// An address in its place is an error that says what was meant; `otherwise` is for verbs that take addresses elsewhere.
void add_buffer(cli::CommandLine& line, std::string& path, cli::Use use = cli::Use::read,
                const std::string& otherwise = "", bool required = true);
void add_buffers(cli::CommandLine& line, std::vector<std::string>& paths);
// An error where `after`, which stands behind the buffer, is a buffer and `path` is none.
base::Result<void> check_order(const std::string& path, const std::string& after);
cli::Option add_consumer_name(cli::CommandLine& line, std::string& name);

// Addresses of logd servers; `doing` says what for, in the error.
base::Result<std::vector<net::Url>> parse_logd_urls(const std::vector<std::string>& addresses,
                                                    const std::string& doing);

cli::Option add_sync(cli::CommandLine& line, Sync& sync, const std::string& help);
cli::Option add_on_damage(cli::CommandLine& line, bool& skip);
cli::Option add_start(cli::CommandLine& line, ConsumerStart& start, const std::string& help);

// The default consumer is made when it is first used; others only by 'logbuf consumer add', so that a misspelt name
// does not hold back every message for ever.
base::Result<void> require_consumer(Buffer& buffer, const std::string& name, ConsumerStart start);

}  // namespace logbuf
