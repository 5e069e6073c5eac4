#include "rules/merging.h"

#include <algorithm>
#include <utility>

#include "base/quote.h"
#include "base/units.h"

namespace rules {

Merging::Merging(event::Loop& loop, std::unique_ptr<stream::Source> source, net::ListeningSource* senders,
                 Processor processor, base::Report report)
    : SourceDecorator(std::move(source)),
      senders_(senders),
      processor_(std::move(processor)),
      report_(std::move(report)),
      packing_(PackingLimits(), processor_.writes_raw(),
               [this](std::string& text, const codec::Event& event) { processor_.append(text, event); }),
      due_(loop, [] {}) {}

// Hands out what can go on before it asks the source for more, so that what waits is bounded.
base::Result<stream::Next> Merging::read(stream::Batch& batch, std::size_t limit) {
  const std::size_t full = batch.bytes() + limit;
  processor_.set_clock();
  packing_.set_clock(processor_.clock());
  packing_.close_due(base::now());
  give(batch, full);
  if (!packing_.empty()) return stream::Next::more;
  if (failure_) return tl::unexpected(*failure_);
  if (ended_) return stream::Next::end;
  raw_.clear();
  auto next = source().read(raw_, limit);
  if (!next) failure_ = std::move(next.error());
  has_ids_ = has_ids_ || raw_.has_ids();
  raw_.for_each([&](std::size_t index, std::string_view message) { take(index, message); });
  ended_ = failure_ || *next == stream::Next::end;
  if (ended_) packing_.close_all();
  give(batch, full);
  TRY(pass_on());
  if (failure_ || !packing_.empty()) return stream::Next::more;
  if (const auto due = packing_.next_due(); due && *next == stream::Next::wait)
    due_.start(std::max(*due - base::now(), base::Instant::duration::zero()));
  return next;
}

void Merging::take(std::size_t index, std::string_view message) {
  ++taken_;
  codec::Event event;
  const net::Peer* peer = senders_ != nullptr ? senders_->peer(taken_) : nullptr;
  const std::string_view id = raw_.has_ids() ? raw_.id(index) : std::string_view();
  switch (processor_.take(message, peer, event)) {
    case Verdict::kept:
      packing_.add(taken_, id, processor_.joining(), event, base::now());
      break;
    case Verdict::left_out:
      ++left_out_;
      leave_out();
      break;
    case Verdict::rejected:
      leave_out();
      reject(message);
      break;
  }
  processor_.tell(report_);
}

void Merging::leave_out() {
  if (packing_.skip(taken_)) return;
  covered_ = taken_;
  if (gaps_.empty() || gaps_.back().given != given_) gaps_.push_back({given_, 0});
  ++gaps_.back().messages;
}

void Merging::reject(std::string_view message) {
  ++rejected_;
  if (senders_ != nullptr && senders_->reject(taken_, processor_.reason())) return;
  report_(base::Level::error, processor_.rejection_of(message));
}

void Merging::give(stream::Batch& batch, std::size_t full) {
  Packed packed;
  while (batch.bytes() < full && packing_.take(packed)) {
    if (has_ids_)
      batch.append(packed.id, packed.text);
    else
      batch.append(packed.text);
    if (packed.route != 0) batch.set_route(packed.route);
    ++given_;
    if (const std::uint64_t others = packed.covers - covered_ - 1; others > 0) gaps_.push_back({given_, others});
    covered_ = packed.covers;
    merged_ += packed.messages - 1;
    if (packed.messages > 1 && processor_.explains()) tell_merged(packed);
  }
}

void Merging::tell_merged(const Packed& packed) {
  report_(base::Level::note, std::to_string(packed.messages) + " messages are merged: " + base::quote(packed.text));
}

base::Result<void> Merging::acknowledge(std::uint64_t count) {
  safe_ = count;
  return pass_on();
}

base::Result<void> Merging::pass_on() {
  while (!gaps_.empty() && gaps_.front().given <= safe_) {
    gone_ += gaps_.front().messages;
    gaps_.pop_front();
  }
  if (safe_ + gone_ == passed_on_) return {};
  passed_on_ = safe_ + gone_;
  return source().acknowledge(passed_on_);
}

base::Result<void> Merging::reopen() {
  base::Result<void> rules = processor_.reopen();
  TRY(SourceDecorator::reopen());
  return rules;
}

std::string Merging::state() const {
  std::string text = SourceDecorator::state();
  const auto add = [&text](const std::string& more) { text += (text.empty() ? "" : ", ") + more; };
  if (left_out_ > 0) add(std::to_string(left_out_) + " left out");
  if (merged_ > 0) add(std::to_string(merged_) + " merged into others");
  if (packing_.open_groups() > 0) add(base::count_of(packing_.open_groups(), "open group"));
  if (rejected_ > 0) add(std::to_string(rejected_) + " rejected");
  if (const std::uint64_t failures = processor_.failures(); failures > 0)
    add(base::count_of(failures, "failure") + " of rules");
  return text;
}

}  // namespace rules
