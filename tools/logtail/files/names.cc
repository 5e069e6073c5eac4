#include "tools/logtail/files/names.h"

#include <fnmatch.h>
#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <set>
#include <utility>

namespace logtail {
namespace {

bool is_link(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

bool is_compressed(std::string_view path) {
  constexpr std::array<std::string_view, 6> kSuffixes = {".gz", ".zst", ".xz", ".bz2", ".lz4", ".Z"};
  return std::any_of(kSuffixes.begin(), kSuffixes.end(), [path](auto suffix) { return path.ends_with(suffix); });
}

// Regular files, by the time of the last change: what was rotated away was written before what has its name now.
std::vector<std::string> files_by_age(std::vector<std::string> paths) {
  std::vector<std::pair<std::int64_t, std::string>> aged;
  for (std::string& path : paths) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    aged.emplace_back(status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec, std::move(path));
  }
  std::sort(aged.begin(), aged.end());
  paths.clear();
  for (auto& [time, path] : aged) paths.push_back(std::move(path));
  return paths;
}

std::vector<std::string> matches(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0)
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return paths;
}

// The bytes of a name as a pattern that matches only them.
std::string quoted(std::string_view name) {
  std::string pattern;
  for (const char c : name) {
    if (c == '*' || c == '?' || c == '[' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern;
}

// As a pattern: the files in a directory.
std::string in_directory(std::string_view path) {
  return quoted(path) + "/*";
}

}  // namespace

std::string directory_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, std::max<std::size_t>(slash, 1)));
}

std::string name_in(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string without_last_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

bool has_wildcard(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

base::Result<std::multimap<std::uint64_t, std::string>> files_in(const std::string& directory) {
  std::multimap<std::uint64_t, std::string> files;
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    struct stat status {};
    std::string path = entry->path().string();
    if (::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) files.emplace(status.st_ino, std::move(path));
  }
  const bool missing = error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
  if (error && !missing) return base::fail_errno(error.value(), "look for files in " + directory);
  return files;
}

Names::Names(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments)
    arguments_.push_back({has_wildcard(argument) && !exists(argument), without_last_slash(argument)});
}

Names::Present Names::files_of(const Argument& argument) {
  const auto& [pattern, text] = argument;
  if (!pattern && !is_directory(text)) return {{text}, is_link(text)};
  std::vector<std::string> paths = matches(pattern ? text : in_directory(text));
  std::erase_if(paths, is_compressed);
  const bool links = is_link(text) || std::any_of(paths.begin(), paths.end(), is_link);
  return {files_by_age(std::move(paths)), links};
}

Names::Present Names::present(const std::set<std::string>& directories) const {
  Present all;
  std::set<std::string> seen;
  for (const Argument& argument : arguments_) {
    Present found = files_of(argument);
    all.links = all.links || found.links;
    for (std::string& path : found.paths)
      if (seen.insert(path).second) all.paths.push_back(std::move(path));
  }
  for (std::string path : directories)
    for (; path != "/" && path != "." && !all.links; path = directory_of(path)) all.links = is_link(path);
  return all;
}

// A pattern's files may appear in any directory that its beginning stands for, and those in directories before it.
std::set<std::string> Names::directories() const {
  std::set<std::string> all;
  for (const auto& [pattern, text] : arguments_) {
    if (!pattern) {
      all.insert(is_directory(text) ? text : directory_of(text));
      continue;
    }
    const std::size_t first = text.rfind('/', text.find_first_of("*?["));
    if (first == std::string::npos) all.insert(".");
    for (std::size_t slash = first == std::string::npos ? text.find('/') : first; slash != std::string::npos;
         slash = text.find('/', slash + 1)) {
      const std::string before = text.substr(0, std::max<std::size_t>(slash, 1));
      if (has_wildcard(before))
        for (std::string& path : matches(before)) all.insert(std::move(path));
      else
        all.insert(before);
    }
  }
  return all;
}

bool Names::covers(const std::string& path) const {
  return std::any_of(arguments_.begin(), arguments_.end(), [&path](const Argument& argument) {
    const auto& [pattern, text] = argument;
    if (!pattern && text == path) return true;
    const std::string glob = pattern ? text : in_directory(text);
    return ::fnmatch(glob.c_str(), path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0 && !is_compressed(path);
  });
}

bool Names::several() const {
  return arguments_.size() > 1 || std::any_of(arguments_.begin(), arguments_.end(), [](const Argument& each) {
           return each.pattern || is_directory(each.text);
         });
}

std::vector<Names::Argument> Names::without_files() const {
  std::vector<Argument> all;
  for (const Argument& argument : arguments_)
    if (files_by_age(files_of(argument).paths).empty()) all.push_back(argument);
  return all;
}

}  // namespace logtail
