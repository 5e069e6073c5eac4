#include "tools/logredis/sink/ack_sink.h"

#include <algorithm>

#include "tools/logredis/list/claims.h"
#include "tools/logredis/list/list_script.h"
#include "tools/logredis/stream/groups.h"
#include "tools/logredis/stream/stream_script.h"

namespace logredis {
namespace {

constexpr std::size_t kMostJobs = 1024;
constexpr std::size_t kReceiptsAtOnce = 500;
constexpr std::size_t kRoom = 64 << 10;
constexpr base::Duration kTrimAfter = std::chrono::seconds(1);

}  // namespace

AckSink::AckSink(event::Loop& loop, std::unique_ptr<redis::Session> session, AckSinkOptions options)
    : session_(std::move(session)),
      options_(std::move(options)),
      hole_(new_hole()),
      trim_soon_(loop, [this] { trim(); }) {
  session_->set_events({.ready = [this] { send(); }, .lost = [this] { sending_ = false; }});
}

AckSink::~AckSink() {
  session_->set_events({});
}

std::size_t AckSink::room() const {
  return jobs_.size() < kMostJobs ? kRoom : 0;
}

base::Result<void> AckSink::write(const stream::Batch& batch) {
  std::vector<IdRange> ranges;
  base::Result<void> parsed;
  batch.for_each([&](std::size_t, std::string_view line) {
    if (!parsed) return;
    base::Result<IdRange> range = parse_range(line);
    if (range) ranges.push_back(*range);
    if (!range) parsed = tl::unexpected(std::move(range.error()));
  });
  add(ranges);
  send();
  if (!parsed) failure_ = std::move(parsed.error());
  return {};
}

void AckSink::add(const std::vector<IdRange>& ranges) {
  if (options_.stream)
    add_to_stream(ranges);
  else
    add_to_list(ranges);
}

// Of receipts one after the other for one claim, the last says all.
void AckSink::add_to_list(const std::vector<IdRange>& ranges) {
  std::uint64_t messages = 0;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const IdRange& range = ranges[i];
    ++messages;
    const bool receipt = range.lone && !options_.each;
    const bool covered = receipt && i + 1 < ranges.size() && ranges[i + 1].lone &&
                         ranges[i + 1].first.major == range.first.major && ranges[i + 1].first >= range.first;
    if (covered) continue;
    if (receipt) {
      jobs_.push_back({range.first.major, {"ack", std::to_string(range.first.minor)}, messages});
    } else if (range.first.major != range.last.major) {
      failure_ = base::Error{base::Kind::data, "acknowledge " + range.first.text() + ".." + range.last.text(),
                             "a range in a list stays within one claim"};
      return;
    } else {
      const std::uint64_t last = range.last.minor;
      jobs_.push_back(
          {range.first.major, {"range", std::to_string(range.first.minor), std::to_string(last), hole_}, messages});
    }
    messages = 0;
  }
}

// The last one first: those before it have little to do then.
void AckSink::add_to_stream(const std::vector<IdRange>& ranges) {
  std::vector<std::string> receipts;
  const auto send_receipts = [&] {
    if (receipts.empty()) return;
    const std::uint64_t messages = receipts.size();
    receipts.emplace_back("receipts");
    std::reverse(receipts.begin(), receipts.end());
    jobs_.push_back({0, std::exchange(receipts, {}), messages});
  };
  for (const IdRange& range : ranges) {
    if (range.lone && !options_.each) {
      receipts.push_back(range.first.text());
      if (receipts.size() >= kReceiptsAtOnce) send_receipts();
      continue;
    }
    send_receipts();
    jobs_.push_back({0, {"ack", range.first.text(), range.last.text(), ""}, 1});
  }
  send_receipts();
}

void AckSink::trim() {
  jobs_.push_back({0, {"trim", ""}, 0});
  send();
}

void AckSink::send() {
  if (sending_ || failure_ || !session_->ready()) return;
  if (jobs_.empty()) return;
  sending_ = true;
  const Job& job = jobs_.front();
  const std::string claim = options_.stream ? options_.consumer : std::to_string(job.claim);
  std::vector<std::string_view> args(job.args.begin(), job.args.end());
  args.insert(args.begin() + 1, claim);
  const std::vector<std::string> keys = options_.stream
                                            ? std::vector<std::string>{options_.keys.queue(), options_.keys.rewound()}
                                            : claim_keys(options_.keys, options_.consumer, job.claim);
  session_->run((options_.stream ? kStreamScript : kListScript).on(*session_), {keys.begin(), keys.end()}, args,
                [this](const redis::Reply& reply) {
                  sending_ = false;
                  answered(reply);
                  send();
                });
}

// Some jobs are done in several calls: the server does nothing else meanwhile.
void AckSink::answered(const redis::Reply& reply) {
  const bool gone = is_gone(reply);  // and what the receipts were for with it
  if (reply.is_error() && !gone) {
    failure_ = session_->error(reply, "acknowledge in " + options_.keys.queue());
    return;
  }
  Job& job = jobs_.front();
  const std::string& operation = job.args.front();
  if (operation == "range" && reply.integer() > 0) {
    job.args[1] = std::to_string(reply.integer());
    return;
  }
  if (operation == "receipts" && !gone && static_cast<std::size_t>(reply[1].integer()) + 1 < job.args.size()) {
    job.args.erase(job.args.begin() + 1, job.args.begin() + 1 + static_cast<std::ptrdiff_t>(reply[1].integer()));
    return;
  }
  if (operation == "ack" && options_.stream && reply.integer() > 0) return;
  safe_ += job.messages;
  if (life_.is_working() && operation != "trim" && options_.trim && options_.stream && !trim_soon_.active())
    trim_soon_.start(kTrimAfter);
  jobs_.pop_front();
}

base::Result<void> AckSink::flush() {
  if (failure_) return tl::unexpected(*failure_);
  if (session_->failure()) return tl::unexpected(*session_->failure());
  send();
  if (life_.is_finishing() && jobs_.empty()) life_.end();
  return {};
}

base::Result<void> AckSink::finish() {
  life_.finish();
  trim_soon_.stop();
  if (options_.stream && options_.trim) trim();
  return flush();
}

}  // namespace logredis
