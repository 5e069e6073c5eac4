#include "http/tokens.h"

#include <algorithm>
#include <unordered_set>

#include "base/io.h"
#include "codec/base64.h"

namespace http {
namespace {

constexpr std::size_t kMostBytes = 16 << 20;

}  // namespace

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
  line.remove_prefix(word.size());
  return word;
}

bool same_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

base::Result<Tokens> Tokens::parse(std::string_view text, const std::string& file) {
  const std::string what = "read tokens " + file;
  const auto fail = [&](std::size_t line, const std::string& why) {
    return base::fail(base::Kind::config, what, "line " + std::to_string(line) + " " + why);
  };
  Tokens tokens;
  std::unordered_set<std::string_view> names, secrets;  // of the text
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::string_view name = take_word(line);
    if (name.empty() || name.starts_with('#')) continue;
    const std::string_view token = take_word(line);
    if (token.empty() || !take_word(line).empty()) return fail(number, "is not NAME TOKEN");
    if (!names.insert(name).second) return fail(number, "has a name that another line has");
    if (!secrets.insert(token).second) return fail(number, "has a token that another line has");
    tokens.entries_.push_back({std::string(name), std::string(token)});
  }
  if (tokens.entries_.empty()) return base::fail(base::Kind::config, what, "it holds no token");
  return tokens;
}

base::Result<Tokens> Tokens::read(const std::string& file) {
  const auto text = base::read_file(file, kMostBytes, "read tokens " + file);
  if (!text) return base::fail(base::Kind::config, text.error().what, text.error().why);
  return parse(*text, file);
}

std::optional<std::string_view> Tokens::name_of(const Request& request) const {
  const auto token = token_of(request);
  if (!token) return std::nullopt;
  const Entry* found = nullptr;
  for (const Entry& entry : entries_)
    if (same_secret(entry.token, *token)) found = &entry;
  if (found == nullptr) return std::nullopt;
  return found->name;
}

std::optional<Login> login_of(const Request& request) {
  std::string_view value = request.header("Authorization").value_or("");
  if (!same_word(take_word(value), "Basic")) return std::nullopt;
  const auto pair = codec::from_base64(take_word(value));
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return Login{pair->substr(0, colon), pair->substr(colon + 1)};
}

std::optional<std::string> token_of(const Request& request) {
  if (const auto login = login_of(request)) return login->password.empty() ? login->user : login->password;
  std::string_view value = request.header("Authorization").value_or("");
  const std::string_view scheme = take_word(value);
  const std::string_view shown = take_word(value);
  if (shown.empty() || (!same_word(scheme, "Bearer") && !same_word(scheme, "Splunk"))) return std::nullopt;
  return std::string(shown);
}

}  // namespace http
