#include "tools/logtail/logs/logbuf_command.h"

#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <optional>

#include "base/clock.h"
#include "base/io.h"
#include "base/units.h"
#include "codec/json_walk.h"
#include "stream/child.h"
#include "stream/retry.h"

namespace logtail {
namespace {

using base::Kind;
using base::Result;

constexpr base::Duration kAnswerTime = std::chrono::seconds(10);
constexpr std::size_t kLongestAnswer = 1 << 20;

struct Answer {
  stream::ExitStatus status;
  std::string text;
};

// Runs a command to its end.
Result<Answer> run(event::Loop& loop, const std::vector<std::string>& command, const std::string& name) {
  stream::Child child = TRY(stream::Child::start(command, stream::Child::Output::piped, {}));
  child.close_input();
  event::Io readable(loop, child.output(), event::Interest::read, [] {});
  event::Io ended(loop, child.ended(), event::Interest::read, [] {});
  readable.start();
  const base::Instant deadline = base::now() + kAnswerTime;
  std::string text;
  std::array<char, 4096> block;
  std::optional<stream::ExitStatus> status;
  while (!status) {
    if (base::now() >= deadline || text.size() > kLongestAnswer) {
      child.send_signal(SIGKILL);
      return base::fail(Kind::unavailable, name, "logbuf gives no answer");
    }
    loop.wait(deadline - base::now());
    while (child.output() >= 0) {
      const base::Transfer got = TRY(base::read_some(child.output(), block, name));
      text.append(block.data(), got.bytes);
      if (got.would_block || text.size() > kLongestAnswer) break;
      if (!got.end) continue;
      readable.stop();
      child.close_output();
      ended.start();
    }
    if (child.output() < 0) status = child.collect();
  }
  return Answer{*status, std::move(text)};
}

void pause(event::Loop& loop, base::Duration length) {
  const base::Instant end = base::now() + length;
  while (base::now() < end) loop.wait(end - base::now());
}

// All that a command writes, when it has ended well. One that somebody kills says nothing about the buffer, so it runs
// again.
Result<std::string> output_of(event::Loop& loop, const std::vector<std::string>& command, const std::string& name,
                              const base::Report& report) {
  stream::Retry retry(kAnswerTime, stream::retry_seed());
  for (;;) {
    Answer answer = TRY(run(loop, command, name));
    if (answer.status.ok()) return std::move(answer.text);
    const auto permanent = stream::permanent_kind(answer.status);
    const base::Error error{permanent.value_or(Kind::unavailable), name, "logbuf " + answer.status.text()};
    const auto delay = permanent ? std::nullopt : retry.failed(base::now());
    if (!delay) return tl::unexpected(error);
    report(base::Level::warning, error.text().append("; running it again in ").append(base::format_duration(*delay)));
    pause(loop, *delay);
  }
}

// The output of `logbuf stat --json`; nothing where it is not that.
std::optional<BufferState> parse_state(std::string_view text) {
  if (!codec::is_json(text) || !codec::is_json_object(text)) return {};
  std::string space;
  std::optional<std::string> uuid;
  base::Result<std::uint64_t> first = base::fail(Kind::protocol, "first_id", "it is missing");
  base::Result<std::uint64_t> next = base::fail(Kind::protocol, "next_id", "it is missing");
  codec::JsonWalker object(text);
  object.enter();
  while (object.at_member()) {
    const std::string_view name = object.take_value();
    const std::string_view value = object.take_value();
    if (name == R"("uuid")" && codec::is_json_string(value)) uuid = codec::json_string_text(value, space);
    if (name == R"("first_id")") first = base::parse_number(value);
    if (name == R"("next_id")") next = base::parse_number(value);
  }
  if (!uuid || !first || !next) return {};
  return BufferState{*uuid, *first, *next};
}

}  // namespace

std::string logbuf_program() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string beside = (self.parent_path() / "logbuf").string();
  return !error && ::access(beside.c_str(), X_OK) == 0 ? beside : "logbuf";
}

Result<BufferState> state_of_buffer(event::Loop& loop, const std::string& path, const base::Report& report) {
  const std::string name = "look at buffer " + path;
  const std::string text = TRY(output_of(loop, {logbuf_program(), "stat", "--json", "--", path}, name, report));
  const auto state = parse_state(text);
  if (!state) return base::fail(Kind::protocol, name, "logbuf stat does not say what it holds");
  return *state;
}

}  // namespace logtail
