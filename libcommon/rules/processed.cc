#include "rules/processed.h"

#include "base/units.h"
#include "net/socket.h"

namespace rules {

Processed::Processed(std::unique_ptr<stream::Source> source, net::ListeningSource* senders, Processor processor,
                     base::Report report)
    : SourceDecorator(std::move(source)),
      senders_(senders),
      processor_(std::move(processor)),
      report_(std::move(report)) {}

base::Result<stream::Next> Processed::read(stream::Batch& batch, std::size_t limit) {
  raw_.clear();
  auto next = source().read(raw_, limit);
  if (!raw_.empty()) {
    processor_.set_clock();
    raw_.for_each([&](std::size_t index, std::string_view message) { process(index, message, batch); });
    TRY(pass_on());
  }
  return next;
}

void Processed::process(std::size_t index, std::string_view message, stream::Batch& batch) {
  ++taken_;
  codec::Event event;
  const net::Peer* peer = senders_ != nullptr ? senders_->peer(taken_) : nullptr;
  switch (processor_.take(message, peer, event)) {
    case Verdict::kept:
      keep(index, event, batch);
      break;
    case Verdict::left_out:
      leave_out();
      break;
    case Verdict::rejected:
      leave_out();
      rejected(message);
      break;
  }
  processor_.tell(report_);
}

void Processed::keep(std::size_t index, const codec::Event& event, stream::Batch& batch) {
  text_.clear();
  processor_.append(text_, event);
  if (raw_.has_ids())
    batch.append(raw_.id(index), text_);
  else
    batch.append(text_);
  ++kept_;
}

void Processed::leave_out() {
  if (gaps_.empty() || gaps_.back().kept != kept_) gaps_.push_back({kept_, 0});
  ++gaps_.back().messages;
}

void Processed::rejected(std::string_view message) {
  ++rejected_;
  if (senders_ != nullptr && senders_->reject(taken_, processor_.reason())) return;
  report_(base::Level::error, processor_.rejection_of(message));
}

base::Result<void> Processed::acknowledge(std::uint64_t count) {
  safe_ = count;
  return pass_on();
}

base::Result<void> Processed::pass_on() {
  while (!gaps_.empty() && gaps_.front().kept <= safe_) {
    gone_ += gaps_.front().messages;
    gaps_.pop_front();
  }
  if (safe_ + gone_ == passed_on_) return {};
  passed_on_ = safe_ + gone_;
  return source().acknowledge(passed_on_);
}

base::Result<void> Processed::reopen() {
  base::Result<void> rules = processor_.reopen();
  TRY(SourceDecorator::reopen());
  return rules;
}

std::string Processed::state() const {
  std::string text = SourceDecorator::state();
  const std::uint64_t left_out = taken_ - kept_ - rejected_;
  if (left_out > 0) text += (text.empty() ? "" : ", ") + std::to_string(left_out) + " left out";
  if (rejected_ > 0) text += (text.empty() ? "" : ", ") + std::to_string(rejected_) + " rejected";
  if (const std::uint64_t failures = processor_.failures(); failures > 0)
    text += (text.empty() ? "" : ", ") + base::count_of(failures, "failure") + " of rules";
  return text;
}

std::unique_ptr<stream::Source> processed(std::unique_ptr<stream::Source> source, const ProcessorOptions& options,
                                          const base::Report& report, net::ListeningSource* senders) {
  if (options.nothing()) return source;
  return std::make_unique<Processed>(std::move(source), senders, Processor(options, net::local_hostname()), report);
}

}  // namespace rules
