#include "rules/job.h"

namespace rules {
namespace {

void keep(const Processor& processor, const codec::Event& event, std::size_t index, std::string& text, Job& job) {
  text.clear();
  processor.append(text, event);
  if (job.raw.has_ids())
    job.made.append(job.raw.id(index), text);
  else
    job.made.append(text);
  if (const stream::Route route = processor.route(); route != 0) job.made.set_route(route);
}

void leave_out(Job& job) {
  const std::uint64_t kept = job.made.count();
  if (job.gaps.empty() || job.gaps.back().kept != kept) job.gaps.push_back({kept, 0});
  ++job.gaps.back().messages;
}

}  // namespace

void Job::clear() {
  raw.clear();
  senders.clear();
  made.clear();
  gaps.clear();
  rejections.clear();
  reports.clear();
  failures = 0;
}

PeerOf kept_senders(const Job& job) {
  if (job.senders.empty()) return {};
  return [run = job.senders.begin()](std::size_t index) mutable {
    while (index >= run->end) ++run;
    return &run->peer;
  };
}

void process(Processor& processor, const PeerOf& peer_of, Job& job) {
  processor.set_clock();
  const std::uint64_t failures = processor.failures();
  const base::Report report = [&job](base::Level level, const std::string& line) {
    job.reports.emplace_back(level, line);
  };
  std::string text;
  job.raw.for_each([&](std::size_t index, std::string_view message) {
    codec::Event event;
    const Verdict verdict = processor.take(message, peer_of ? peer_of(index) : nullptr, event);
    if (verdict == Verdict::kept)
      keep(processor, event, index, text, job);
    else
      leave_out(job);
    if (verdict == Verdict::rejected)
      job.rejections.push_back({index, processor.reason(), processor.rejection_of(message)});
    processor.tell(report);
  });
  job.failures = processor.failures() - failures;
}

}  // namespace rules
