#include "stream/hop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/io.h"
#include "base/quote.h"
#include "stream/line_reader.h"

namespace stream {
namespace {

using base::Kind;

constexpr base::Duration kGreetingTime = std::chrono::seconds(10);
constexpr base::Duration kGrace = std::chrono::seconds(5);  // to end after closing a pipe, or after SIGTERM
constexpr std::size_t kMaxLine = 128;                       // of a greeting or receipt
constexpr std::size_t kEagerBytes = 64 << 10;               // so much is sent without waiting for a flush

bool is_id(std::string_view text) {
  const auto graphic = [](unsigned char c) { return c > ' ' && c != 0x7f; };
  return !text.empty() && text.size() <= kMaxIdLength && std::all_of(text.begin(), text.end(), graphic);
}

FrameFormat format_of(const OutletOptions& options) {
  return {options.plain ? options.format.framing : Framing::octet, true};
}

}  // namespace

struct Hop::Life {
  Child child;
  Stage stage;
  event::Io readable;
  event::Io writable;
  event::Io end;
  LineReader lines{kMaxLine};
  bool complete = false;  // its stdin was closed after the last message
  bool warned = false;
  std::string reason{};  // why it should end
};

Hop::Hop(event::Loop& loop, OutletOptions options, base::Report report)
    : loop_(loop),
      options_(std::move(options)),
      report_(std::move(report)),
      name_("hop '" + command_text(options_.command) + "'"),
      window_(format_of(options_), options_.window.count, options_.window_messages),
      retry_(options_.retry_time, retry_seed()),
      timer_(loop, [this] { keep(on_timer()); }) {}

Hop::~Hop() = default;

base::Result<std::unique_ptr<Hop>> Hop::start(event::Loop& loop, OutletOptions options, base::Report report) {
  std::unique_ptr<Hop> hop(new Hop(loop, std::move(options), std::move(report)));
  TRY(hop->start_child());
  return hop;
}

base::Result<void> Hop::start_child() {
  std::optional<Invitation> invitation;
  if (!options_.plain) invitation = Invitation{options_.max_message, options_.origin};
  Child child = TRY(Child::start(options_.command, Child::Output::piped, invitation));
  event::Io readable(loop_, child.output(), event::Interest::read, [this] { keep(read_output()); });
  event::Io writable(loop_, child.input(), event::Interest::write, [this] { keep(send()); });
  event::Io end(loop_, child.ended(), event::Interest::read, [this] { keep(on_end()); });
  readable.start();
  end.start();
  life_ = std::make_unique<Life>(Life{std::move(child), options_.plain ? Stage::ready : Stage::greeting,
                                      std::move(readable), std::move(writable), std::move(end)});
  if (!options_.plain) timer_.start(kGreetingTime);
  return send();
}

base::Result<void> Hop::write(const Batch& batch) {
  window_.append(batch);
  if (skip_to_ && (window_.skip(*skip_to_) || window_.room() == 0)) skip_to_.reset();
  return window_.unsent().size() < kEagerBytes ? base::Result<void>{} : flush();
}

base::Result<void> Hop::flush() {
  if (failure_) return tl::unexpected(*failure_);
  TRY(send());
  return check_stuck();
}

base::Result<void> Hop::finish() {
  finishing_ = true;
  skip_to_.reset();
  if (!life_ && window_.waiting() == 0) {
    timer_.stop();
    finished_ = true;
  }
  return flush();
}

base::Result<void> Hop::send() {
  if (!life_ || life_->child.input() < 0) return {};
  bool full = false;
  while (life_->stage == Stage::ready && !skip_to_ && !full && !window_.unsent().empty()) {
    const auto moved = base::write_some(life_->child.input(), window_.unsent(), name_);
    if (!moved && moved.error().code != EPIPE) return tl::unexpected(moved.error());
    if (!moved) {
      expect_end("closed its stdin");
      return {};
    }
    window_.sent(moved->bytes);
    full = moved->would_block;
  }
  life_->writable.set(full);
  if (finishing_ && window_.unsent().empty()) {
    close_input();
    life_->complete = true;
  }
  return {};
}

// An ordinary command whose stdout is gone confirms nothing before its end, which will not come while it waits for us.
base::Result<void> Hop::check_stuck() {
  if (!life_ || !options_.plain || finishing_ || life_->child.output() >= 0) return {};
  if (window_.room() > 0 || !window_.unsent().empty()) return {};
  return base::fail(Kind::protocol, name_,
                    "it closed its stdout, so that it can never confirm the " + std::to_string(window_.waiting()) +
                        " messages it has" + advice());
}

base::Result<void> Hop::read_output() {
  std::array<char, 65536> buffer;
  while (life_->stage != Stage::doomed && life_->child.output() >= 0) {
    const base::Transfer got = TRY(base::read_some(life_->child.output(), buffer, name_));
    if (got.would_block) return {};
    if (got.end) return output_closed();
    life_->lines.feed({buffer.data(), got.bytes});
    while (const auto line = life_->lines.next()) {
      TRY(take_line(*line));
      if (life_->stage == Stage::doomed) return {};
    }
    if (got.bytes < buffer.size()) return {};  // that was all there is now
  }
  return {};
}

base::Result<void> Hop::output_closed() {
  life_->readable.stop();
  life_->child.close_output();
  const bool done = life_->complete && window_.waiting() == 0;
  if (!options_.plain && !done) expect_end("closed its stdout");
  return {};
}

base::Result<void> Hop::take_line(std::string_view line) {
  return life_->stage == Stage::greeting ? take_greeting(line) : take_receipt(line);
}

base::Result<void> Hop::take_greeting(std::string_view line) {
  const auto greeting = parse_greeting(line);
  if (!greeting) {
    const std::string answer = "answered " + base::quote(line, kMaxIdLength) + " instead of a logpipe greeting";
    if (!proven_) return handshake_failed("it " + answer);
    doom(answer);
    return {};
  }
  timer_.stop();
  life_->stage = Stage::ready;
  proven_ = true;
  skip_to_.reset();
  if (greeting->last && !options_.origin.empty()) {
    const std::uint64_t before = window_.safe();
    if (!window_.skip(*greeting->last) && window_.room() > 0 && !finishing_) skip_to_ = greeting->last;
    if (window_.safe() > before) retry_.succeeded();
  }
  return send();
}

base::Result<void> Hop::take_receipt(std::string_view line) {
  if (!is_id(line)) {
    const std::string garbage = "wrote " + base::quote(line, kMaxIdLength) + " where a receipt belongs";
    if (!proven_) return handshake_failed("it " + garbage);
    doom(garbage);
  } else if (window_.acknowledge(line)) {
    proven_ = true;
    retry_.succeeded();
  } else if (!life_->warned) {
    life_->warned = true;
    report_(base::Level::warning, name_ + " confirmed " + base::quote(line, kMaxIdLength) +
                                      ", which it was not sent or had confirmed before; ignored");
  }
  return {};
}

base::Result<void> Hop::on_timer() {
  if (!life_) return restart();
  switch (life_->stage) {
    case Stage::greeting:
      if (!proven_)
        return handshake_failed("it gave no logpipe greeting within " + base::format_duration(kGreetingTime));
      doom("gave no greeting within " + base::format_duration(kGreetingTime));
      break;
    case Stage::leaving:
      if (!proven_ && !options_.plain) return handshake_failed("it " + life_->reason);
      doom(life_->reason + " but did not end");
      break;
    case Stage::doomed:
      life_->child.send_signal(SIGKILL);
      break;
    case Stage::ready:
      break;
  }
  return {};
}

base::Result<void> Hop::restart() {
  auto started = start_child();
  if (!started && !life_) return try_again(name_ + " could not be started again: " + started.error().why);
  return started;
}

base::Result<void> Hop::on_end() {
  const auto status = life_->child.collect();
  if (!status) return {};
  TRY(read_output());  // its last receipts
  const auto last = std::move(life_);
  timer_.stop();
  return ended(*status, last->complete, last->stage == Stage::doomed ? last->reason : status->text());
}

base::Result<void> Hop::ended(const ExitStatus& status, bool complete, const std::string& how) {
  if (options_.plain && status.ok() && complete) window_.acknowledge_sent();
  if (!proven_) {
    if (const auto kind = permanent_kind(status)) return base::fail(*kind, name_, how + " before it was ready");
    if (status.ok() && !options_.plain)
      return base::fail(Kind::protocol, "start " + name_, "it ended without a logpipe greeting" + advice());
  }
  if (!finishing_ || window_.waiting() > 0)
    return try_again(
        name_ + " " + how +
        (status.ok() ? (finishing_ ? " before it had confirmed everything" : " before the end of its input") : ""));
  if (!status.ok()) report_(base::Level::warning, name_ + " " + how + ", but had confirmed everything");
  finished_ = true;
  return {};
}

base::Result<void> Hop::try_again(const std::string& failure) {
  window_.resend();
  const auto delay = retry_.failed(base::now());
  const std::string waiting = std::to_string(window_.waiting()) + " messages";
  if (!delay) return base::fail(Kind::temporary, failure, waiting + " are not confirmed; run again");
  report_(base::Level::warning,
          failure + "; starting it again in " + base::format_duration(*delay) + ", " + waiting + " to send again");
  timer_.start(*delay);
  return {};
}

base::Result<void> Hop::handshake_failed(const std::string& why) {
  life_->child.send_signal(SIGTERM);
  return base::fail(Kind::protocol, "start " + name_, why + advice());
}

std::string Hop::advice() const {
  return options_.plain ? "; use --batch for commands that write no receipts"
                        : "; use --batch or --plain for ordinary commands";
}

void Hop::close_input() {
  life_->writable.stop();
  life_->child.close_input();
}

void Hop::expect_end(std::string reason) {
  close_input();
  if (life_->stage == Stage::leaving || life_->stage == Stage::doomed) return;
  life_->stage = Stage::leaving;
  life_->reason = std::move(reason);
  timer_.start(kGrace);
}

void Hop::doom(std::string reason) {
  life_->stage = Stage::doomed;
  life_->reason = std::move(reason);
  life_->readable.stop();
  close_input();
  life_->child.send_signal(SIGTERM);
  timer_.start(kGrace);
}

void Hop::keep(base::Result<void> outcome) {
  if (!outcome && !failure_) failure_ = std::move(outcome.error());
}

std::string Hop::state() const {
  const std::string waiting = std::to_string(window_.waiting()) + " messages unconfirmed";
  if (!life_) return name_ + " is down, waiting to start it again, " + waiting;
  const char* stage = life_->stage == Stage::greeting ? " is starting"
                      : life_->stage == Stage::ready  ? " is running"
                                                      : " is ending";
  return name_ + stage + " (process " + std::to_string(life_->child.pid()) + "), " + waiting;
}

}  // namespace stream
