#include "codec/relp_offers.h"

#include <algorithm>
#include <charconv>

#include "base/quote.h"

namespace codec {
namespace {

using base::Kind;

constexpr std::size_t kLongestSoftware = 80;
constexpr std::size_t kLongestText = 200;

// What stands before the separator; `text` is what comes after it.
std::string_view cut(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

bool contains(std::string_view list, std::string_view name) {
  while (!list.empty())
    if (cut(list, ',') == name) return true;
  return false;
}

base::Result<unsigned> parse_version(std::string_view values) {
  const std::string_view value = cut(values, ',');
  unsigned version = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), version);
  if (error == std::errc() && end == value.data() + value.size()) return version;
  return base::fail(Kind::protocol, "read RELP offers", "relp_version is not a number: " + base::quote(value));
}

}  // namespace

std::string RelpOffers::text() const {
  std::string text = "relp_version=" + std::to_string(version) + "\nrelp_software=" + software;
  if (syslog) text += "\ncommands=syslog";
  return text;
}

base::Result<RelpOffers> parse_relp_offers(std::string_view data) {
  RelpOffers offers;
  while (!data.empty()) {
    std::string_view values = cut(data, '\n');
    const std::string_view name = cut(values, '=');
    if (name == "relp_version")
      offers.version = TRY(parse_version(values));
    else if (name == "commands")
      offers.syslog |= contains(values, "syslog");
    else if (name == "relp_software")
      offers.software = values.substr(0, kLongestSoftware);
  }
  return offers;
}

base::Result<RelpAnswer> parse_relp_answer(std::string_view data) {
  constexpr std::size_t kDigits = 3;
  RelpAnswer answer;
  const auto [end, error] = std::from_chars(data.data(), data.data() + std::min(kDigits, data.size()), answer.code);
  const bool is_code = error == std::errc() && end == data.data() + kDigits;
  if (!is_code || (data.size() > kDigits && data[kDigits] != ' ' && data[kDigits] != '\n'))
    return base::fail(Kind::protocol, "read RELP answer", "a code of three digits is missing: " + base::quote(data));
  data.remove_prefix(kDigits);
  if (data.starts_with(' ')) data.remove_prefix(1);
  answer.text = cut(data, '\n').substr(0, kLongestText);
  answer.rest = data;
  return answer;
}

}  // namespace codec
