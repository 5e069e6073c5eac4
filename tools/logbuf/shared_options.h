// Options that several verbs of logbuf share.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/url.h"
#include "tools/logbuf/store/buffer.h"

namespace logbuf {

inline constexpr char kDefaultConsumer[] = "default";

// What is stored was cut when it came in, by whatever --max-message was then.
inline constexpr std::size_t kLongestMessage = std::size_t{1} << 30;

void add_buffer(CLI::App& app, std::string& path);
void add_buffers(CLI::App& app, std::vector<std::string>& paths);
CLI::Option* add_consumer_name(CLI::App& app, std::string& name);

// Addresses of logd servers; `doing` says what for, in the error.
base::Result<std::vector<net::Url>> parse_logd_urls(const std::vector<std::string>& addresses,
                                                    const std::string& doing);

base::Result<Sync> parse_sync(std::string_view name);
base::Result<bool> parse_on_damage(std::string_view name);  // true: skip
base::Result<Start> parse_start(std::string_view name);

// An option whose text `parse` understands; a bad one is a usage error that says why.
template <class T, class Slot>
CLI::Option* add_parsed(CLI::App& app, const std::string& name, Slot& slot, base::Result<T> (*parse)(std::string_view),
                        const std::string& type, const std::string& help) {
  const auto take = [&slot, parse, name](const std::string& text) {
    const base::Result<T> value = parse(text);
    if (!value) throw CLI::ValidationError(name, value.error().why);
    slot = *value;
  };
  return app.add_option_function<std::string>(name, take, help)->type_name(type);
}

// The default consumer is made when it is first used; others only by 'logbuf consumer add', so that a misspelt name
// does not hold back every message for ever.
base::Result<void> require_consumer(Buffer& buffer, const std::string& name, Start start);

}  // namespace logbuf
