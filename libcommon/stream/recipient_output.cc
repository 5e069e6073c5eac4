// What a recipient's command says: its greeting and its receipts.
#include <algorithm>
#include <array>
#include <csignal>

#include "base/io.h"
#include "base/quote.h"
#include "stream/recipient_run.h"

namespace stream {
namespace {

using base::Kind;

constexpr std::size_t kMostAtOnce = 1 << 20;  // of receipts, before others have their turn; a pipe's size

bool is_id(std::string_view text) {
  const auto graphic = [](unsigned char c) { return c > ' ' && c != 0x7f; };
  return !text.empty() && text.size() <= kMaxIdLength && std::all_of(text.begin(), text.end(), graphic);
}

}  // namespace

// One that floods us does not keep signals and the rest from their turn: what it wrote beyond the bound is read in the
// next, and stays in the pipe until then.
base::Result<void> Recipient::read_output(base::Duration longest) {
  const base::Instant until = base::now() + longest;
  std::array<char, 65536> buffer;
  bool more = TRY(take_lines(until));
  for (std::size_t taken = 0; more && taken < kMostAtOnce && run_->child.output() >= 0;) {
    const base::Transfer got = TRY(base::read_some(run_->child.output(), buffer, name_));
    if (got.would_block) return {};
    if (got.end) return output_closed();
    run_->lines.feed({buffer.data(), got.bytes});
    taken += got.bytes;
    more = TRY(take_lines(until)) && got.bytes == buffer.size();  // else that was all there is now
  }
  return {};
}

// Those that are read. False: it was told to end, or the time is up, and the rest comes in another turn.
base::Result<bool> Recipient::take_lines(base::Instant until) {
  while (run_->stage != Stage::terminating) {
    if (base::now() >= until) {
      more_.start(base::Duration::zero());
      return false;
    }
    const auto line = run_->lines.next();
    if (!line) return true;
    TRY(take_line(*line));
  }
  return false;
}

base::Result<void> Recipient::output_closed() {
  run_->readable.stop();
  run_->child.close_output();
  const bool done = run_->complete && !is_unsafe();
  if (!done) expect_end("closed its stdout");  // it can confirm nothing any more
  return {};
}

base::Result<void> Recipient::take_line(std::string_view line) {
  return run_->stage == Stage::greeting ? take_greeting(line) : take_receipt(line);
}

base::Result<void> Recipient::take_greeting(std::string_view line) {
  const auto greeting = parse_greeting(line);
  if (!greeting) return misbehaved("answered " + base::quote(line, kMaxIdLength) + " instead of a logpipe greeting");
  timer_.stop();
  run_->stage = Stage::ready;
  proven_ = true;
  strength_ = greeting->strength;
  misfit_.reset();
  said_.clear();
  if (run_->renewed) {
    end_for_origin();
    return {};
  }
  if (!options_.origin.empty() && greeting->newest()) {
    if (TRY(renew_origin(*greeting))) return {};
    run_->last = greeting->last;
  }
  if (options_.on_greeting) options_.on_greeting(*greeting);
  new_origin_ = false;
  if (attached_) leave_out_known();
  TRY(send());
  if (is_dismissed()) expect_end("has nothing left to do");
  return {};
}

base::Result<bool> Recipient::renew_origin(const Greeting& greeting) {
  base::Result<std::string> origin;
  if (new_origin_)
    origin = base::fail(Kind::protocol, "", "nothing was sent yet under this origin");
  else if (options_.renew_origin)
    origin = options_.renew_origin(greeting);
  if (!origin) {
    run_->child.send_signal(SIGTERM);
    if (origin.error().what.empty())
      origin.error().what = name_ + " says that it has messages up to " + std::to_string(*greeting.newest());
    return tl::unexpected(std::move(origin.error()));
  }
  if (origin->empty()) return false;
  use_origin(std::move(*origin));
  return true;
}

// What the child has already is safe and is not sent.
void Recipient::leave_out_known() {
  skip_to_.reset();
  const auto last = std::exchange(run_->last, std::nullopt);
  if (!last) return;
  const std::uint64_t before = window_.safe();
  if (!window_.skip(*last) && window_.room() > 0 && !life_.is_finishing()) skip_to_ = last;
  if (window_.safe() > before) retry_.succeeded();
}

base::Result<void> Recipient::take_receipt(std::string_view line) {
  if (is_id(line)) {
    confirmed(line);
    return {};
  }
  return misbehaved("wrote " + base::quote(line, kMaxIdLength) + " where a receipt belongs");
}

void Recipient::confirmed(std::string_view id) {
  const bool owed = std::exchange(run_->owing, false);
  if (owed || (attached_ && window_.acknowledge(id))) {
    confirmed_ = attached_;
    proven_ = true;
    run_->fine_until = base::now();
    retry_.succeeded();
  } else if (attached_ && !std::exchange(run_->warned, true)) {
    report_(base::Level::warning, name_ + " confirmed " + base::quote(id, kMaxIdLength) +
                                      ", which it was not sent or had confirmed before; ignored");
  }
}

}  // namespace stream
