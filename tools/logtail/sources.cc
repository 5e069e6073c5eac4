#include "tools/logtail/sources.h"

#include <algorithm>
#include <filesystem>

#include "cli/meant.h"

namespace logtail {
namespace {

constexpr cli::Scheme kFileSchemes[] = {{"file", "PATH"}, {"dir", "DIRECTORY/"}};
constexpr std::string_view kFileOptions[] = {"--multiline", "--multiline-time"};
constexpr cli::Endpoint kFiles{kFileSchemes, "files by name or quoted pattern, and all files of a directory",
                               kFileOptions};

constexpr cli::Scheme kBufferSchemes[] = {{"buf", "buf:PATH"}};
constexpr cli::Endpoint kBuffers{kBufferSchemes, "buffers; the path of one is enough"};

constexpr cli::Scheme kRemoteSchemes[] = {{"logd", "logd://HOST[:PORT]"}, {"logds", "logds://HOST[:PORT]"}};
constexpr std::string_view kRemoteOptions[] = {"--connect-timeout"};
constexpr cli::Endpoint kRemotes{kRemoteSchemes, "buffers of other machines, served by logbuf serve", kRemoteOptions};

constexpr cli::Scheme kJournalSchemes[] = {{"journal", "journal:[DIRECTORY|FIELD=VALUE]"}};
constexpr std::string_view kJournalOptions[] = {"--match", "--namespace"};
constexpr cli::Endpoint kJournals{kJournalSchemes, "the systemd journal: of this machine, or in a directory",
                                  kJournalOptions};

// Once each, or two readers would share one place in the checkpoint.
void add_buffer(std::vector<std::string>& buffers, const std::string& path) {
  std::error_code error;
  const auto same = [&](const std::string& other) { return std::filesystem::equivalent(path, other, error); };
  if (std::none_of(buffers.begin(), buffers.end(), same)) buffers.push_back(path);
}

void add_remote(std::vector<net::Url>& remotes, const net::Url& url) {
  const auto same = [&url](const net::Url& other) { return other.text() == url.text(); };
  if (std::none_of(remotes.begin(), remotes.end(), same)) remotes.push_back(url);
}

void add_journal(std::vector<std::string>& journals, const std::string& path) {
  if (std::ranges::find(journals, path) == journals.end()) journals.push_back(path);
}

}  // namespace

const cli::Endpoints& endpoints() {
  static const cli::Endpoints all("logtail", cli::Use::read, {&kFiles, &kBuffers, &kRemotes, &kJournals});
  return all;
}

base::Result<Sources> parse_sources(const std::vector<std::string>& addresses) {
  Sources sources;
  for (const std::string& address : addresses) {
    const net::Url url = TRY(net::parse_url(address));
    if (url.scheme == "buf" || ((url.scheme == "file" || url.scheme == "dir") && cli::is_buffer(url.path)))
      add_buffer(sources.buffers, url.path);
    else if (url.scheme == "file" || url.scheme == "dir")
      sources.files.push_back(url.path);
    else if (url.scheme == "journal")
      add_journal(sources.journals, url.path);
    else if (url.scheme == "logd" || url.scheme == "logds")
      add_remote(sources.remotes, url);
    else if (url.scheme == "-")
      return base::fail(base::Kind::usage, "source -", "standard input cannot be followed; logcat reads it");
    else
      return base::fail(
          base::Kind::usage, "source " + url.text(),
          "not a file, a pattern, a directory, a buffer, logd:// or journal:" + cli::meant(address, cli::Use::read));
  }
  return sources;
}

}  // namespace logtail
