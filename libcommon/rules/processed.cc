#include "rules/processed.h"

#include <algorithm>
#include <utility>

#include "base/units.h"
#include "net/socket.h"
#include "rules/merging.h"

namespace rules {
namespace {

using stream::Next;

constexpr std::size_t kJobBytes = 256 << 10;  // enough that handing it over costs nothing
constexpr std::size_t kSmallJob = 16 << 10;   // done before another thread would have begun

}  // namespace

Processed::Processed(std::unique_ptr<stream::Source> source, net::ListeningSource* senders, Processor processor,
                     base::Report report, std::unique_ptr<Workers> workers)
    : SourceDecorator(std::move(source)),
      senders_(senders),
      processor_(std::move(processor)),
      report_(std::move(report)),
      workers_(std::move(workers)) {}

base::Result<Next> Processed::read(stream::Batch& batch, std::size_t limit) {
  const std::size_t before = batch.count();
  if (!giving_) read_on(limit);
  if (giving_ || take_done()) give(batch, limit);
  TRY(pass_on());
  if (giving_) return Next::more;
  if (is_working()) {
    if (batch.count() > before) return Next::more;
    workers_->wake_when_done();
    return Next::wait;
  }
  if (failure_) return tl::unexpected(*failure_);
  return next_;
}

// Until there is something to give, or enough for the workers to do.
void Processed::read_on(std::size_t limit) {
  const bool alone = !workers_ || (workers_->idle() && limit < kJobBytes);  // --rate asks for single messages
  do {
    if (next_ == Next::end || failure_) return;
    if (workers_ && workers_->full()) return;
    auto job = new_job();
    read_into(*job, alone ? limit : kJobBytes);
    if (job->raw.empty()) {
      spare_.push_back(std::move(job));
      return;
    }
    const bool small = workers_ && workers_->idle() && job->raw.bytes() < kSmallJob;
    if (alone || small) return process_here(std::move(job));
    hand_in(std::move(job));
  } while (next_ == Next::more);
}

void Processed::read_into(Job& job, std::size_t limit) {
  do {
    auto next = source().read(job.raw, limit - job.raw.bytes());
    if (!next) {
      failure_ = std::move(next.error());
      return;
    }
    next_ = *next;
  } while (workers_ && next_ == Next::more && job.raw.bytes() < limit);
}

void Processed::process_here(std::unique_ptr<Job> job) {
  const auto peer_of = [this](std::size_t index) { return senders_->peer(read_ + index + 1); };
  process(processor_, senders_ != nullptr ? PeerOf(peer_of) : PeerOf(), *job);
  read_ += job->raw.count();
  giving_ = std::move(job);
  account_for(*giving_);
}

void Processed::hand_in(std::unique_ptr<Job> job) {
  for (std::size_t i = 0; senders_ != nullptr && i < job->raw.count(); ++i) {
    const net::Peer* peer = senders_->peer(read_ + i + 1);
    const net::Peer known = peer != nullptr ? *peer : net::Peer();
    if (job->senders.empty() || job->senders.back().peer != known) job->senders.push_back({0, known});
    job->senders.back().end = i + 1;
  }
  read_ += job->raw.count();
  workers_->hand_in(std::move(job));
}

// False: the next one is not done, or there is none.
bool Processed::take_done() {
  if (!is_working()) return false;
  giving_ = workers_->take();
  if (!giving_) return false;
  account_for(*giving_);
  return true;
}

void Processed::account_for(const Job& job) {
  for (const Job::Gap& gap : job.gaps) {
    const std::uint64_t kept = kept_ + gap.kept;
    if (gaps_.empty() || gaps_.back().kept != kept) gaps_.push_back({kept, 0});
    gaps_.back().messages += gap.messages;
  }
  for (const Job::Rejection& rejection : job.rejections) {
    ++rejected_;
    const bool told = senders_ != nullptr && senders_->reject(taken_ + rejection.index + 1, rejection.reason);
    if (!told) report_(base::Level::error, rejection.text);
  }
  for (const auto& [level, line] : job.reports) report_(level, line);
  if (workers_)
    for (const auto& [level, line] : workers_->take_reports()) report_(level, line);
  taken_ += job.raw.count();
  kept_ += job.made.count();
  failures_ += job.failures;
}

// All of it where that was asked for, or has grown from that; else single messages.
void Processed::give(stream::Batch& batch, std::size_t limit) {
  stream::Batch& made = giving_->made;
  const bool whole = made.bytes() <= limit || giving_->raw.bytes() <= limit;
  if (whole && given_ == 0 && batch.empty()) {
    batch.swap(made);
    given_ = made.count();
  }
  const std::size_t full = batch.bytes() + (whole ? made.bytes() : limit);
  for (; given_ < made.count() && batch.bytes() < full; ++given_) {
    const std::string_view message = made.block().substr(given_bytes_, made.lengths()[given_]);
    if (made.has_ids())
      batch.append(made.id(given_), message);
    else
      batch.append(message);
    if (const stream::Route route = made.route(given_); route != 0) batch.set_route(route);
    given_bytes_ += message.size() + 1;
  }
  if (given_ < made.count()) return;
  given_ = given_bytes_ = 0;
  giving_->clear();
  spare_.push_back(std::move(giving_));
}

std::unique_ptr<Job> Processed::new_job() {
  if (spare_.empty()) return std::make_unique<Job>();
  auto job = std::move(spare_.back());
  spare_.pop_back();
  return job;
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
  if (workers_)
    if (auto theirs = workers_->reopen(); !theirs && rules) rules = std::move(theirs);
  TRY(SourceDecorator::reopen());
  return rules;
}

std::string Processed::state() const {
  std::string text = SourceDecorator::state();
  const std::uint64_t left_out = taken_ - kept_ - rejected_;
  if (left_out > 0) text += (text.empty() ? "" : ", ") + std::to_string(left_out) + " left out";
  if (rejected_ > 0) text += (text.empty() ? "" : ", ") + std::to_string(rejected_) + " rejected";
  if (failures_ > 0) text += (text.empty() ? "" : ", ") + base::count_of(failures_, "failure") + " of rules";
  return text;
}

namespace {

// Rules keep what they need while they run, so that each Processor has its own.
base::Result<ProcessorOptions> with_own_rules(ProcessorOptions options, const base::Report& report) {
  options.rules.environment.report = report;
  if (options.rule_set != nullptr) options.rule_set = TRY(RuleSet::open(options.rules));
  return options;
}

}  // namespace

base::Result<std::unique_ptr<stream::Source>> processed(event::Loop& loop, std::unique_ptr<stream::Source> source,
                                                        const ProcessorOptions& options, const base::Report& report,
                                                        net::ListeningSource* senders, const MakeProcessor& make) {
  if (options.nothing()) return source;
  const auto processor = [&make](ProcessorOptions chosen) -> base::Result<Processor> {
    return make ? make(std::move(chosen)) : Processor(std::move(chosen), net::local_hostname());
  };
  if (options.merges())
    return std::unique_ptr<stream::Source>(
        std::make_unique<Merging>(loop, std::move(source), senders, TRY(processor(options)), report));
  std::unique_ptr<Workers> workers;
  if (const unsigned threads = options.thread_count(); threads > 1) {
    const auto with_report = [&](const base::Report& later) -> base::Result<Processor> {
      return processor(TRY(with_own_rules(options, later)));
    };
    workers = TRY(Workers::start(loop, threads, with_report));
  }
  return std::unique_ptr<stream::Source>(
      std::make_unique<Processed>(std::move(source), senders, TRY(processor(options)), report, std::move(workers)));
}

}  // namespace rules
