#include "tools/logtail/sources.h"

#include <sys/stat.h>

namespace logtail {
namespace {

bool is_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

bool is_buffer(const std::string& path) {
  return is_file(path + "/data.mdb") && is_file(path + "/VERSION");
}

}  // namespace

base::Result<Sources> parse_sources(const std::vector<std::string>& addresses) {
  Sources sources;
  for (const std::string& address : addresses) {
    const net::Url url = TRY(net::parse_url(address));
    if (url.scheme == "buf" || ((url.scheme == "file" || url.scheme == "dir") && is_buffer(url.path)))
      sources.buffers.push_back(url.path);
    else if (url.scheme == "file" || url.scheme == "dir")
      sources.files.push_back(url.path);
    else if (url.scheme == "logd" || url.scheme == "logds")
      sources.remotes.push_back(url);
    else if (url.scheme == "-")
      return base::fail(base::Kind::usage, "source -", "standard input cannot be followed; logcat reads it");
    else
      return base::fail(base::Kind::usage, "source " + url.text(),
                        "not a file, a pattern, a directory, a buffer or logd://; logcat listens");
  }
  return sources;
}

}  // namespace logtail
