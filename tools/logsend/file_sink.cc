#include "tools/logsend/file_sink.h"

#include <algorithm>
#include <utility>

#include "base/units.h"
#include "tools/logsend/event_options.h"

namespace logsend {
namespace {

constexpr std::size_t kFileRoom = 1 << 20;

}  // namespace

FileSink::FileSink(FileOptions options)
    : options_(std::move(options)),
      by_field_(options_.pattern.has_fields()),
      files_({.fixed = options_.pattern.fixed(),
              .varies = options_.pattern.varies(),
              .lines = options_.wire == stream::Framing::line,
              .limit = by_field_ ? options_.open_files : 1,
              .rotation = options_.rotation,
              .report = options_.report}) {}

base::Result<std::unique_ptr<FileSink>> FileSink::open(FileOptions options) {
  std::unique_ptr<FileSink> sink(new FileSink(std::move(options)));
  TRY(sink->open_first());
  return sink;
}

base::Result<void> FileSink::open_first() {
  if (by_field_) return check_fixed(options_.pattern.fixed());
  TRY(files_.open(name_now()));
  return {};
}

std::optional<stream::Strength> FileSink::strength() const {
  return by_field_ || files_.latest().regular() ? stream::Strength::stored : stream::Strength::sent;
}

std::tm FileSink::local_time() const {
  const std::time_t time = options_.clock();
  std::tm local{};
  ::localtime_r(&time, &local);
  return local;
}

std::string FileSink::name_now() const {
  std::string name;
  options_.pattern.append_name(name, {}, options_.pattern.varies() ? local_time() : std::tm());
  return name;
}

std::size_t FileSink::room() const {
  return kFileRoom;
}

base::Result<void> FileSink::write(const stream::Batch& batch) {
  auto written = by_field_ ? write_by_field(batch) : write_to_one(batch);
  if (!written) {
    files_.undo();
    TRY(flush());  // what came before this is good
    return written;
  }
  files_.keep();
  written_ += batch.count();
  return {};
}

base::Result<OutputFile*> FileSink::open_file(const std::string& name) {
  auto file = files_.open(name);
  note_what_is_safe();  // another may have been closed for it
  return file;
}

base::Result<void> FileSink::write_to_one(const stream::Batch& batch) {
  OutputFile* file = TRY(open_file(name_now()));
  // Without inner LFs a batch is its own line framing (stream/batch.h).
  if (options_.wire == stream::Framing::line && !batch.has_inner_lf()) return append(*file, batch.block());
  frames_.clear();
  stream::append_frames(frames_, {.framing = options_.wire}, batch);
  return append(*file, frames_);
}

// What still fits into the file of `frames`, and at least one frame. Octet counting has no end to look for.
std::string_view FileSink::fitting(const OutputFile& file, std::string_view frames) const {
  const std::uint64_t most = options_.rotation.size ? options_.rotation.size->count : frames.size();
  const std::uint64_t bytes = options_.rotation.size ? file.bytes() : 0;
  const std::uint64_t room = most - std::min(most, bytes);
  if (frames.size() <= room || options_.wire == stream::Framing::octet) return frames;
  const char end = options_.wire == stream::Framing::line ? '\n' : '\0';
  std::size_t last = room > 0 ? frames.rfind(end, room - 1) : frames.npos;
  if (last == frames.npos) last = frames.find(end);
  return frames.substr(0, last == frames.npos ? last : last + 1);
}

base::Result<void> FileSink::append(OutputFile& file, std::string_view frames) {
  OutputFile* target = &file;
  while (!frames.empty()) {
    const std::string_view next = fitting(*target, frames);
    target = TRY(files_.rotated(*target, next.size()));
    TRY(target->append(next));
    frames.remove_prefix(next.size());
  }
  return {};
}

void FileSink::sort_by_file(const stream::Batch& batch) {
  const std::tm time = local_time();
  const stream::FrameFormat format{.framing = options_.wire};
  std::string name;
  std::string text;
  options_.processor->set_clock();
  by_name_.clear();
  batch.for_each([&](std::size_t, std::string_view message) {
    codec::Event event;
    // One that is left out is as safe as those before it.
    if (!take_event(*options_.processor, message, event, options_.report)) return;
    name.clear();
    options_.pattern.append_name(name, event, time);
    text.clear();
    options_.processor->append(text, event);
    stream::append_frame(by_name_[name], format, {}, text);
  });
}

base::Result<void> FileSink::write_by_field(const stream::Batch& batch) {
  sort_by_file(batch);
  // Those that are open go first: in the order of names, each would be closed just before its turn.
  for (auto at = by_name_.begin(); at != by_name_.end();) {
    OutputFile* file = files_.find(at->first);
    if (file != nullptr) TRY(append(*file, at->second));
    at = file != nullptr ? by_name_.erase(at) : std::next(at);
  }
  for (const auto& [name, frames] : by_name_) {
    OutputFile* file = TRY(open_file(name));
    TRY(append(*file, frames));
  }
  by_name_.clear();
  return {};
}

void FileSink::note_what_is_safe() {
  if (files_.synced()) safe_ = written_;
}

base::Result<void> FileSink::flush() {
  TRY(files_.sync());
  note_what_is_safe();
  return {};
}

base::Result<void> FileSink::reopen() {
  if (options_.processor) reread_rules(*options_.processor, options_.report);
  TRY(files_.close());
  note_what_is_safe();
  return open_first();
}

base::Result<void> FileSink::finish() {
  TRY(files_.close());
  note_what_is_safe();
  files_.finish_upkeep();
  life_.end();
  return {};
}

std::string FileSink::state() const {
  std::string files = files_.empty() ? "no file" : files_.latest().place().path();
  if (files_.count() > 1) files += " and " + base::count_of(files_.count() - 1, "other file");
  return "writing " + files + ", " + base::count_of(written_ - safe_, "message") + " not synced";
}

}  // namespace logsend
