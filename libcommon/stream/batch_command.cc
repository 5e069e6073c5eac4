#include "stream/batch_command.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <iterator>

#include "base/io.h"
#include "base/units.h"
#include "stream/termination.h"

namespace stream {
namespace {

constexpr base::Duration kEndTime = std::chrono::seconds(5);  // to end after SIGTERM

}  // namespace

struct BatchCommand::Run {
  Child child;
  event::Io writable;
  event::Io end;
  std::optional<event::Io> readable{};
  std::size_t written = 0;
  std::optional<ExitStatus> status{};
  std::string broken{};  // why it was ended
};

BatchCommand::BatchCommand(event::Loop& loop, OutputOptions options, base::Report report, BatchRole role)
    : loop_(loop),
      options_(std::move(options)),
      report_(std::move(report)),
      role_(std::move(role)),
      name_(role_.kind + " '" + command_text(options_.command) + "'"),
      retry_(options_.retry_time, retry_seed()),
      age_(loop,
           [this] {
             old_ = true;
             keep(start_if_due());
           }),
      restart_(loop, [this] { keep(run()); }) {}

BatchCommand::~BatchCommand() {
  if (run_ && role_.output != nullptr) run_->child.kill_group();
}

base::Result<std::unique_ptr<BatchCommand>> BatchCommand::open(event::Loop& loop, OutputOptions options,
                                                               base::Report report, BatchRole role) {
  return std::unique_ptr<BatchCommand>(new BatchCommand(loop, std::move(options), std::move(report), std::move(role)));
}

std::size_t BatchCommand::room() const {
  return enough() ? 0 : options_.window.count - collected_.bytes.size();
}

// A whole batch is collected.
bool BatchCommand::enough() const {
  return collected_.count() >= options_.batch || collected_.bytes.size() >= options_.window.count;
}

base::Result<void> BatchCommand::write(const Batch& batch) {
  if (batch.empty()) return {};
  if (collected_.count() == 0) age_.start(options_.batch_time);
  last_write_ = base::now();
  const bool numbered = options_.format.ids && !batch.has_ids();
  const bool lasting = options_.lasting_ids && role_.output == nullptr && batch.has_ids();
  char digits[20];
  batch.for_each([&](std::size_t index, std::string_view message) {
    ++taken_;
    std::string_view id = batch.id(index);
    if (numbered) id = {digits, std::to_chars(digits, digits + sizeof digits, taken_).ptr};
    append_frame(collected_.bytes, options_.format, id, message);
    collected_.ends.push_back(collected_.bytes.size());
    if (lasting) collected_.ids.emplace_back(id);
  });
  return start_if_due();
}

base::Result<void> BatchCommand::start_if_due() {
  if (batch_.count() > 0) return {};
  if (collected_.count() == 0) {
    if (life_.is_finishing()) life_.end();
    return {};
  }
  if (!enough() && !old_ && !life_.is_finishing()) return {};
  if (role_.output != nullptr && !role_.output->ready_for_run()) return {};
  cut_batch();
  return run();
}

// Moves the first messages collected, as many as one batch may hold, into the batch.
void BatchCommand::cut_batch() {
  auto& ends = collected_.ends;
  const auto fitting = std::upper_bound(ends.begin(), ends.end(), options_.window.count) - ends.begin();
  const std::size_t count = std::clamp<std::size_t>(static_cast<std::size_t>(fitting), 1, options_.batch);
  const std::size_t bytes = ends[count - 1];
  batch_.bytes.assign(collected_.bytes, 0, bytes);
  batch_.ends.assign(ends.begin(), ends.begin() + static_cast<std::ptrdiff_t>(count));
  collected_.bytes.erase(0, bytes);
  ends.erase(ends.begin(), ends.begin() + static_cast<std::ptrdiff_t>(count));
  for (std::size_t& end : ends) end -= bytes;
  auto& ids = collected_.ids;
  const auto cut = ids.begin() + static_cast<std::ptrdiff_t>(std::min(count, ids.size()));
  batch_.ids.assign(std::make_move_iterator(ids.begin()), std::make_move_iterator(cut));
  ids.erase(ids.begin(), cut);

  // What remains came with the last write: before that, there was not enough for a batch.
  old_ = false;
  age_.stop();
  if (!ends.empty()) age_.start(last_write_ + options_.batch_time - base::now());
}

// What is not known is unset: a batch command may be started by another one.
Child::Environment BatchCommand::environment() const {
  if (role_.output != nullptr) return {};
  const bool known = !batch_.ids.empty();
  return {{"LOGPIPE_MESSAGES", std::to_string(batch_.count())},
          {"LOGPIPE_FIRST", known ? batch_.ids.front() : ""},
          {"LOGPIPE_LAST", known ? batch_.ids.back() : ""},
          {"LOGPIPE_ORIGIN", known ? options_.ids_origin : ""}};
}

base::Result<void> BatchCommand::run() {
  const bool piped = role_.output != nullptr;
  const auto unread = options_.receipts ? Child::Output::diagnostics : Child::Output::inherited;
  auto child = Child::start(options_.command, piped ? Child::Output::piped : unread, std::nullopt,
                            piped ? Child::Group::own : Child::Group::shared, environment());
  if (!child && !proven_) return tl::unexpected(std::move(child.error()));
  if (!child) return try_again(name_ + " could not be started again: " + child.error().why);
  proven_ = true;
  event::Io writable(loop_, child->input(), event::Interest::write, [this] { keep(feed()); });
  event::Io end(loop_, child->ended(), event::Interest::read, [this] { keep(on_end()); });
  end.start();
  run_ = std::make_unique<Run>(Run{std::move(*child), std::move(writable), std::move(end)});
  if (piped) {
    role_.output->begin(batch_.bytes.size());
    run_->readable.emplace(loop_, run_->child.output(), event::Interest::read, [this] { keep(read_output()); });
    run_->readable->start();
  }
  return feed();
}

base::Result<void> BatchCommand::feed() {
  if (!run_ || run_->child.input() < 0) return {};
  std::string_view rest = std::string_view(batch_.bytes).substr(run_->written);
  while (!rest.empty()) {
    const auto moved = base::write_some(run_->child.input(), rest, name_);
    if (!moved && moved.error().code != EPIPE) return tl::unexpected(moved.error());
    if (!moved) break;  // it needs no more; its exit status tells whether that is well
    run_->written += moved->bytes;
    rest.remove_prefix(moved->bytes);
    run_->writable.set(moved->would_block);
    if (moved->would_block) return {};
  }
  run_->writable.stop();
  run_->child.close_input();
  return {};
}

// What it has written so far.
base::Result<void> BatchCommand::drain() {
  std::array<char, 65536> buffer;
  while (run_->child.output() >= 0) {
    const base::Transfer got = TRY(base::read_some(run_->child.output(), buffer, name_));
    if (got.would_block) return {};
    const auto taken = got.end ? base::Result<void>{} : role_.output->take({buffer.data(), got.bytes});
    if (taken && !got.end) continue;
    run_->readable->stop();
    run_->child.close_output();
    if (taken) continue;
    run_->broken = taken.error().text();
    run_->child.kill_group();
  }
  return {};
}

base::Result<void> BatchCommand::read_output() {
  TRY(drain());
  return run_->child.output() < 0 ? on_end() : base::Result<void>{};
}

base::Result<void> BatchCommand::on_end() {
  if (!run_->status) {
    run_->status = run_->child.collect();
    if (!run_->status) return {};
    run_->end.stop();
    TRY(drain());
  }
  const bool well = run_->broken.empty() && ended_well(*run_->status);
  if (well && run_->child.output() >= 0) return {};  // something that it started still writes
  const auto last = std::move(run_);
  const std::string failure = well ? settle() : last->broken.empty() ? last->status->text() : last->broken;
  if (!failure.empty()) return try_again(name_ + " " + failure);
  return start_if_due();
}

bool BatchCommand::ended_well(const ExitStatus& status) const {
  return !status.by_signal && std::ranges::find(role_.statuses, status.number) != role_.statuses.end();
}

// The batch is done with; or else the reason why not.
std::string BatchCommand::settle() {
  if (role_.output != nullptr) {
    const auto whole = role_.output->end(batch_.count());
    if (!whole) return whole.error().text();
  }
  safe_ += batch_.count();
  batch_.bytes.clear();
  batch_.ends.clear();
  batch_.ids.clear();
  retry_.succeeded();
  return {};
}

base::Result<void> BatchCommand::try_again(const std::string& failure) {
  const auto delay = retry_.failed(base::now());
  const std::uint64_t count = taken_ - safe_;
  const std::string rest = base::count_of(count, "message") + (count == 1 ? " is" : " are") + " not delivered";
  if (!delay) return base::fail(base::Kind::temporary, failure, rest + "; run again");
  report_(base::Level::warning, failure + "; running it again in " + base::format_duration(*delay) + ", " + rest);
  restart_.start(*delay);
  return {};
}

base::Result<void> BatchCommand::flush() {
  if (failure_) return tl::unexpected(*failure_);
  TRY(start_if_due());
  return feed();
}

base::Result<void> BatchCommand::finish() {
  life_.finish();
  TRY(hurry());
  return flush();
}

base::Result<void> BatchCommand::hurry() {
  retry_.hurry();
  if (!restart_.active()) return {};
  restart_.stop();
  return run();
}

void BatchCommand::cut_off() {
  if (!run_) return;
  report_(base::Level::warning, name_ + " takes too long; ending it, " + base::count_of(batch_.count(), "message") +
                                    " of its batch stay undelivered");
  run_->writable.stop();
  run_->end.stop();
  terminate(run_->child, kEndTime);
  run_.reset();
}

std::string BatchCommand::state() const {
  const char* doing = run_ ? " is running with " : batch_.count() > 0 ? " will be offered again " : " waits, with ";
  return name_ + doing + base::count_of(batch_.count(), "message") + ", " + std::to_string(collected_.count()) +
         " collected for the next batch";
}

void BatchCommand::keep(base::Result<void> outcome) {
  if (!outcome && !failure_) failure_ = std::move(outcome.error());
}

}  // namespace stream
