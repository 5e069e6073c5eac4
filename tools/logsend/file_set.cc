#include "tools/logsend/file_set.h"

#include <algorithm>
#include <cerrno>

namespace logsend {
namespace {

constexpr base::Duration kRotateAgain = std::chrono::minutes(1);
constexpr base::Duration kFinishTime = std::chrono::seconds(10);

}  // namespace

FileSet::FileSet(FileSetOptions options) : options_(std::move(options)) {
  if (options_.rotation.needs_upkeep()) upkeep_ = std::make_unique<Upkeep>(options_.rotation);
}

OutputFile* FileSet::find(const std::string& name) {
  const auto at = std::ranges::find_if(files_, [&](const OutputFile& file) { return file.place().name == name; });
  if (at == files_.end()) return nullptr;
  if (at->synced() && at->removed()) {
    files_.erase(at);
    return nullptr;
  }
  files_.splice(files_.begin(), files_, at);
  return &files_.front();
}

base::Result<OutputFile*> FileSet::open(const std::string& name) {
  if (OutputFile* file = find(name)) return file;
  while (files_.size() >= options_.limit) TRY(close_oldest());
  const FilePlace place{options_.fixed, name, options_.varies};
  auto file = OutputFile::open(place, options_.lines);
  while (!file && (file.error().code == EMFILE || file.error().code == ENFILE) && !files_.empty()) {
    TRY(close_oldest());
    file = OutputFile::open(place, options_.lines);
  }
  if (!file) return tl::unexpected(file.error());
  files_.push_front(std::move(*file));
  if (upkeep_) upkeep_->tend(place);  // what an earlier run has left
  return &files_.front();
}

// Synced first, so that everything that is in a rotated file is safe. It is closed, since whoever compresses it makes
// sure that nobody writes to it.
base::Result<OutputFile*> FileSet::rotated(OutputFile& file, std::size_t bytes) {
  if (!options_.rotation.is_due(file, bytes) || base::now() < rotate_after_) return &file;
  TRY(file.sync());
  const FilePlace place = file.place();
  if (auto renamed = rotate(place, file.fd()); !renamed) {
    rotation_failed(renamed.error());
    return &file;
  }
  TRY(file.close());
  files_.remove_if([&file](const OutputFile& each) { return &each == &file; });
  return open(place.name);
}

void FileSet::rotation_failed(const base::Error& error) {
  rotate_after_ = base::now() + kRotateAgain;
  options_.report(base::Level::error, error.text() + "; writing goes on in the same file");
}

void FileSet::finish_upkeep() {
  if (!upkeep_) return;
  upkeep_->finish(kFinishTime);
  report_upkeep();
}

void FileSet::report_upkeep() {
  for (const std::string& error : upkeep_->take_errors()) options_.report(base::Level::error, error);
}

base::Result<void> FileSet::close_oldest() {
  TRY(files_.back().close());
  files_.pop_back();
  return {};
}

bool FileSet::synced() const {
  return std::ranges::all_of(files_, &OutputFile::synced);
}

base::Result<void> FileSet::sync() {
  for (auto& file : files_) TRY(file.sync());
  if (upkeep_) report_upkeep();
  return {};
}

base::Result<void> FileSet::close() {
  TRY(sync());
  while (!files_.empty()) TRY(close_oldest());
  return {};
}

void FileSet::undo() {
  for (auto& file : files_) file.undo();
}

void FileSet::keep() {
  for (auto& file : files_) file.keep();
}

}  // namespace logsend
