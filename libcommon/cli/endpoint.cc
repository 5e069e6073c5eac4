#include "cli/endpoint.h"

#include <algorithm>
#include <utility>

#include "cli/command_line.h"
#include "cli/plugin.h"
#include "cli/tls_options.h"

namespace cli {
namespace {

bool uses_tls(const Scheme& scheme) {
  return net::Url{.scheme = std::string(scheme.name)}.uses_tls();
}

// How its addresses begin: "tcp://", "unix:".
std::string prefix(std::string_view scheme) {
  const net::Url url{.scheme = std::string(scheme)};
  return url.scheme + (url.is_network() ? "://" : ":");
}

// As people know it.
std::string shown(std::string_view scheme) {
  if (scheme == "-") return "stdin";
  return scheme == "file" ? "files" : prefix(scheme);
}

// "one, two and three"
std::string list(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return out;
}

std::string shown(const std::vector<std::string_view>& schemes) {
  std::vector<std::string> words;
  words.reserve(schemes.size());
  for (const std::string_view scheme : schemes) words.push_back(shown(scheme));
  return list(words);
}

AddressKind describe(std::span<const Scheme> schemes, std::string_view summary) {
  AddressKind text{.forms = {}, .text = std::string(summary), .prefixes = {}};
  for (const Scheme& scheme : schemes) {
    text.forms += (text.forms.empty() ? "" : ", ") + std::string(scheme.form);
    if (scheme.name != "-") text.prefixes.push_back(prefix(scheme.name));
  }
  return text;
}

}  // namespace

Endpoints::Endpoints(std::string_view tool, Use use, std::vector<const Endpoint*> all)
    : tool_(tool), use_(use), all_(std::move(all)) {}

std::optional<std::size_t> Endpoints::find(std::string_view scheme) const {
  for (std::size_t i = 0; i < all_.size(); ++i)
    if (std::ranges::find(all_[i]->schemes, scheme, &Scheme::name) != all_[i]->schemes.end()) return i;
  return std::nullopt;
}

const Scheme* Endpoints::scheme(std::string_view name) const {
  for (const Endpoint* endpoint : all_)
    for (const Scheme& scheme : endpoint->schemes)
      if (scheme.name == name) return &scheme;
  return nullptr;
}

bool Endpoints::use_tls(const std::vector<net::Url>& urls) {
  return std::ranges::any_of(urls, &net::Url::uses_tls);
}

base::Error Endpoints::unknown(const net::Url& url, const std::string& address) const {
  const std::string does = use_ == Use::read ? "read" : "send to";
  std::vector<std::string> known;
  for (const Endpoint* endpoint : all_)
    for (const Scheme& scheme : endpoint->schemes)
      if (scheme.name != "-") known.emplace_back(scheme.name);
  for (const Elsewhere& other : elsewhere_)
    for (const Scheme& scheme : other.schemes)
      if (scheme.name != url.scheme) known.emplace_back(scheme.name);
  std::string why = "cannot " + does + " " + url.scheme + "; known are " + list(known);
  if (const auto program = plugin(address)) {
    const std::string folder = plugin_folder();
    why += ", and no program " + *program + " is in " + (folder.empty() ? "" : folder + " or ") + "PATH";
  }
  return {base::Kind::unavailable, (use_ == Use::read ? "read from " : "send to ") + url.text(),
          why + meant(address, use_)};
}

std::optional<std::string> Endpoints::plugin(std::string_view address) const {
  if (address.starts_with('-') || address.find("://") == address.npos) return std::nullopt;
  const auto url = net::parse_url(address);
  if (!url || !url->is_network() || find(url->scheme)) return std::nullopt;
  return tool_ + "-" + url->scheme;
}

void Endpoints::declare(CommandLine& line, const std::string& heading,
                        const std::vector<std::string>& addresses) const {
  AddressTexts texts{heading, {}};
  for (const Endpoint* endpoint : all_) texts.kinds.push_back(describe(endpoint->schemes, endpoint->summary));
  for (const Elsewhere& other : elsewhere_)
    if (!find(other.schemes.front().name)) texts.kinds.push_back(describe(other.schemes, other.summary));
  line.describe_addresses(std::move(texts));
  line.check([this, &line, &addresses] { return check_options(line, addresses); });
}

// Whose it is; empty: it belongs to all.
std::vector<std::string_view> Endpoints::owners(const OptionText& option) const {
  std::vector<std::string_view> schemes;
  for (const Endpoint* endpoint : all_) {
    const bool whole = std::ranges::find_first_of(endpoint->options, option.long_names) != endpoint->options.end();
    for (const Scheme& scheme : endpoint->schemes)
      if (whole || (uses_tls(scheme) && option.group == kTlsGroup)) schemes.push_back(scheme.name);
  }
  return schemes;
}

// What cannot be parsed, or is not built in, is told by the tool itself.
base::Result<void> Endpoints::check_options(const CommandLine& line, const std::vector<std::string>& addresses) const {
  std::vector<std::string_view> used;
  for (const std::string& address : addresses.empty() ? std::vector<std::string>{"-"} : addresses) {
    const auto url = net::parse_url(address);
    const Scheme* known = url ? scheme(url->scheme) : nullptr;
    if (known == nullptr) return {};
    if (std::ranges::find(used, known->name) == used.end()) used.push_back(known->name);
  }
  for (const OptionText& option : line.options()) {
    if (option.long_names.empty() || !line.has(option.long_names.front())) continue;
    const std::vector<std::string_view> all = owners(option);
    if (all.empty() || std::ranges::find_first_of(all, used) != all.end()) continue;
    return base::fail(
        base::Kind::usage,
        "option " + option.long_names.front() + " does not belong to " + shown(used) + "; it belongs to " + shown(all),
        "");
  }
  return {};
}

}  // namespace cli
