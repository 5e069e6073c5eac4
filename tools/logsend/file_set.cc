#include "tools/logsend/file_set.h"

#include <algorithm>
#include <cerrno>

namespace logsend {

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
  return &files_.front();
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
