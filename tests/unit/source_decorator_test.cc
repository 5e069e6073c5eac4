#include "stream/source_decorator.h"

#include <doctest/doctest.h>

#include "rules/processed.h"
#include "tools/logcat/merged.h"
#include "tools/logcat/numbered.h"

namespace {

using stream::Next;
using stream::SourceDecorator;

// What has an answer fails or says something of its own; what has none is noted.
class Recorder final : public stream::Source {
 public:
  struct Log {
    unsigned stopped = 0;
    unsigned reopened = 0;
    std::vector<std::uint64_t> acknowledged{};
    std::optional<base::Instant> full_since{};
    std::optional<base::Error> late_failure{};
  };
  explicit Recorder(Log& log) : log_(log) {}

  base::Result<Next> read(stream::Batch& batch, std::size_t) override {
    batch.append("message");
    return Next::more;
  }
  base::Result<void> acknowledge(std::uint64_t count) override {
    log_.acknowledged.push_back(count);
    return {};
  }
  base::Result<bool> flush_receipts() override {
    if (log_.late_failure) return tl::unexpected(*log_.late_failure);
    return false;
  }
  void set_sink_full_since(std::optional<base::Instant> since) override { log_.full_since = since; }
  void stop() override { ++log_.stopped; }
  base::Result<void> reopen() override {
    ++log_.reopened;
    return base::fail(base::Kind::config, "reopen", "no");
  }
  [[nodiscard]] std::string state() const override { return "recording"; }

 private:
  Log& log_;
};

using Inner = std::unique_ptr<stream::Source>;

Inner numbered(Inner inner) {
  return std::make_unique<logcat::Numbered>(std::move(inner));
}
Inner processed(Inner inner) {
  return std::make_unique<rules::Processed>(std::move(inner), nullptr, rules::Processor({}, "here"), base::Report());
}
Inner merged(Inner inner) {
  std::vector<Inner> one;
  one.push_back(std::move(inner));
  return std::make_unique<logcat::Merged>(std::move(one));
}
void check_forwards_everything(Inner (*decorate)(Inner)) {
  Recorder::Log log;
  const Inner source = decorate(std::make_unique<Recorder>(log));
  stream::Batch batch;
  CHECK(source->read(batch, 100).value() == Next::more);
  CHECK(batch.count() == 1);
  REQUIRE(source->acknowledge(1));
  CHECK(log.acknowledged == std::vector<std::uint64_t>{1});
  CHECK(source->flush_receipts().value() == false);
  log.late_failure = base::Error{base::Kind::io, "acknowledge", "late"};
  CHECK(source->flush_receipts().error().text() == "acknowledge: late");
  const base::Instant since = base::now();
  source->set_sink_full_since(since);
  CHECK(log.full_since == since);
  source->stop();
  CHECK(log.stopped == 1);
  CHECK(source->reopen().error().text() == "reopen: no");
  CHECK(source->state() == "recording");
}

}  // namespace

TEST_CASE("what stands around a source forwards everything") {
  check_forwards_everything(numbered);
  check_forwards_everything(processed);
  check_forwards_everything(merged);
}

TEST_CASE("what stands around several sources tells all of them, and the first failure of all") {
  Recorder::Log first, second;
  std::vector<Inner> both;
  both.push_back(std::make_unique<Recorder>(first));
  both.push_back(std::make_unique<Recorder>(second));
  SourceDecorator source(std::move(both));
  CHECK(source.reopen().error().text() == "reopen: no");
  source.stop();
  source.set_sink_full_since(base::now());
  for (const Recorder::Log* log : {&first, &second}) {
    CHECK(log->reopened == 1);
    CHECK(log->stopped == 1);
    CHECK(log->full_since);
  }
  CHECK(source.flush_receipts().value() == false);
  CHECK(source.state() == "recording; recording");
}
