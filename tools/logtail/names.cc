#include "tools/logtail/names.h"

#include <fnmatch.h>
#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <utility>

namespace logtail {
namespace {

bool is_directory(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

bool has_wildcard(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

bool is_compressed(std::string_view path) {
  constexpr std::array<std::string_view, 6> kSuffixes = {".gz", ".zst", ".xz", ".bz2", ".lz4", ".Z"};
  return std::any_of(kSuffixes.begin(), kSuffixes.end(), [path](auto suffix) { return path.ends_with(suffix); });
}

// By the time of the last change: what was rotated away was written before what has its name now.
void sort_by_age(std::vector<std::string>& paths) {
  std::vector<std::pair<std::int64_t, std::string>> aged;
  for (std::string& path : paths) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) continue;
    aged.emplace_back(status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec, std::move(path));
  }
  std::sort(aged.begin(), aged.end());
  paths.clear();
  for (auto& [time, path] : aged) paths.push_back(std::move(path));
}

std::string without_last_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::vector<std::string> matches(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
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

}  // namespace

std::string directory_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, std::max<std::size_t>(slash, 1)));
}

Names::Names(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (is_directory(argument))
      arguments_.push_back({Kind::directory, without_last_slash(argument)});
    else
      arguments_.push_back({has_wildcard(argument) && !exists(argument) ? Kind::pattern : Kind::plain, argument});
  }
}

std::vector<std::string> Names::files_of(const Argument& argument) {
  if (argument.kind == Kind::plain) return {argument.text};
  const bool pattern = argument.kind == Kind::pattern;
  std::vector<std::string> paths = matches(pattern ? argument.text : quoted(argument.text) + "/*");
  std::erase_if(paths, [](const std::string& path) { return is_compressed(path) || !is_file(path); });
  sort_by_age(paths);
  return paths;
}

std::vector<std::string> Names::present() const {
  std::vector<std::string> all;
  std::set<std::string> seen;
  for (const Argument& argument : arguments_)
    for (std::string& path : files_of(argument))
      if (seen.insert(path).second) all.push_back(std::move(path));
  return all;
}

// A pattern's files may appear in any directory that its beginning stands for, and those in directories before it.
std::vector<std::string> Names::directories() const {
  std::vector<std::string> all;
  for (const auto& [kind, text] : arguments_) {
    if (kind == Kind::directory) all.push_back(text);
    if (kind == Kind::plain) all.push_back(directory_of(text));
    if (kind != Kind::pattern) continue;
    const std::size_t first = text.rfind('/', text.find_first_of("*?["));
    if (first == std::string::npos) all.emplace_back(".");
    for (std::size_t slash = first; slash != std::string::npos; slash = text.find('/', slash + 1)) {
      const std::string before = text.substr(0, std::max<std::size_t>(slash, 1));
      if (!has_wildcard(before)) all.push_back(before);
      if (has_wildcard(before))
        for (std::string& path : matches(before)) all.push_back(std::move(path));
    }
    if (first == std::string::npos)
      for (std::size_t slash = text.find('/'); slash != std::string::npos; slash = text.find('/', slash + 1))
        for (std::string& path : matches(text.substr(0, slash))) all.push_back(std::move(path));
  }
  return all;
}

bool Names::covers(const std::string& path) const {
  return std::any_of(arguments_.begin(), arguments_.end(), [&path](const Argument& argument) {
    if (argument.kind == Kind::plain) return argument.text == path;
    const std::string pattern = argument.kind == Kind::pattern ? argument.text : quoted(argument.text) + "/*";
    return ::fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0 && !is_compressed(path);
  });
}

bool Names::is_plain(const std::string& path) const {
  return std::any_of(arguments_.begin(), arguments_.end(), [&path](const Argument& argument) {
    return argument.kind == Kind::plain && argument.text == path;
  });
}

bool Names::several() const {
  return arguments_.size() > 1 ||
         std::any_of(arguments_.begin(), arguments_.end(), [](const auto& each) { return each.kind != Kind::plain; });
}

std::vector<std::string> Names::without_files() const {
  std::vector<std::string> all;
  for (const Argument& argument : arguments_)
    if (argument.kind == Kind::plain ? !exists(argument.text) : files_of(argument).empty())
      all.push_back(argument.text);
  return all;
}

}  // namespace logtail
