// Who may use a hub beside those who have a channel's token: a file with "ID:PASSWORD [full_api] [read_api]
// [any_channel]" on each line. Only its owner may read it (mode 0600).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/tokens.h"

namespace hub {

struct Credential {
  std::string id;
  std::string password;
  bool full_api = false;     // may manage channels, and read them
  bool read_api = false;     // may read channels
  bool any_channel = false;  // may write to each channel
};

class Credentials {
 public:
  // Empty lines, and lines that begin with "#", are left out. Kind::config where another line is not as above, or an id
  // stands twice; a message never shows a password.
  static base::Result<Credentials> parse(std::string_view text, const std::string& file);
  // Kind::config also where others than the owner may read the file.
  static base::Result<Credentials> read(const std::string& file);

  // Null: there is none with this id and password. How long this takes does not tell how much of them is right.
  // Valid as long as this.
  [[nodiscard]] const Credential* find(const http::Login& login) const;

 private:
  std::vector<Credential> all_;
};

}  // namespace hub
