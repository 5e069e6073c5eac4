#include "hub/credentials.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/io.h"

namespace hub {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;

// False: a word that is no permission.
bool add_permissions(std::string_view words, Credential& credential) {
  for (std::string_view word; !(word = http::take_word(words)).empty();) {
    if (word == "full_api")
      credential.full_api = credential.read_api = true;
    else if (word == "read_api")
      credential.read_api = true;
    else if (word == "any_channel")
      credential.any_channel = true;
    else
      return false;
  }
  return true;
}

base::Result<void> check_private(const std::string& file, const std::string& what) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return base::fail_errno(base::Kind::config, errno, what);
  if ((found.st_mode & 077) != 0)
    return base::fail(base::Kind::config, what, "others than its owner may use it; set its mode to 0600");
  return {};
}

}  // namespace

base::Result<Credentials> Credentials::parse(std::string_view text, const std::string& file) {
  const auto fail = [&file](std::size_t line, const std::string& why) {
    return base::fail(base::Kind::config, "read credentials " + file, "line " + std::to_string(line) + " " + why);
  };
  Credentials credentials;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::string_view pair = http::take_word(line);
    if (pair.empty() || pair.starts_with('#')) continue;
    const auto colon = pair.find(':');
    if (colon == pair.npos || colon == 0 || colon + 1 == pair.size()) return fail(number, "is not ID:PASSWORD");
    Credential credential{.id = std::string(pair.substr(0, colon)), .password = std::string(pair.substr(colon + 1))};
    if (credential.id == "token") return fail(number, "has the id 'token', which stands for a channel's token");
    if (!add_permissions(line, credential))
      return fail(number, "has another permission than full_api, read_api and any_channel");
    if (std::ranges::find(credentials.all_, credential.id, &Credential::id) != credentials.all_.end())
      return fail(number, "has an id that another line has");
    credentials.all_.push_back(std::move(credential));
  }
  return credentials;
}

base::Result<Credentials> Credentials::read(const std::string& file) {
  const std::string what = "read credentials " + file;
  TRY(check_private(file, what));
  const auto text = base::read_file(file, kMostBytes, what);
  if (!text) return base::fail(base::Kind::config, what, text.error().why);
  return parse(*text, file);
}

const Credential* Credentials::find(const http::Login& login) const {
  const Credential* found = nullptr;
  for (const Credential& credential : all_) {
    const bool same_id = http::same_secret(credential.id, login.user);
    if (http::same_secret(credential.password, login.password) && same_id) found = &credential;
  }
  return found;
}

}  // namespace hub
