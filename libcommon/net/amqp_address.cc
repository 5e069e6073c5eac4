#include "net/amqp_address.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "base/quote.h"

namespace net {
namespace {

using base::Result;

// Decodes all but fields, "%{NAME}", and makes a template of it.
std::optional<std::string> decoded_template(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto literal = percent_decoded(text.substr(0, text.find("%{")));
    if (!literal) return std::nullopt;
    for (const char c : *literal) out.append(c == '%' ? 2 : 1, c);
    text.remove_prefix(std::min(text.find("%{"), text.size()));
    const std::size_t field = text.empty() ? 0 : text.find('}');
    if (field == text.npos) return std::nullopt;
    if (!text.empty()) out += text.substr(0, field + 1);
    text.remove_prefix(text.empty() ? 0 : field + 1);
  }
  return out;
}

Result<void> take_parameter(AmqpAddress& address, std::string_view parameter) {
  const auto fail = [&address](std::string why) {
    return base::fail(base::Kind::usage, address.url.text(), std::move(why));
  };
  const std::string_view name = parameter.substr(0, parameter.find('='));
  if (name.size() == parameter.size()) return fail("write NAME=VALUE after the '?', with '&' between them");
  auto value = decoded_template(parameter.substr(name.size() + 1));
  if (!value) return fail("in " + std::string(name) + " write %25 for '%' itself, and %{FIELD} for a field");
  std::string* const place = name == "exchange" ? &address.exchange
                             : name == "key"    ? &address.key
                             : name == "queue"  ? &address.queue
                                                : nullptr;
  if (place == nullptr)
    return fail("there is no parameter " + base::quote(name) + "; there are exchange, key and queue");
  if (name == "key") address.has_key = true;
  *place = std::move(*value);
  return {};
}

}  // namespace

Result<AmqpAddress> parse_amqp_address(const Url& url) {
  AmqpAddress address{.url = url};
  std::string_view rest = url.path;
  const std::string_view path = rest.substr(0, rest.find('?'));
  rest.remove_prefix(std::min(path.size() + 1, rest.size()));
  if (!path.empty()) {
    const auto vhost = percent_decoded(path.substr(1));
    if (!vhost || path.front() != '/' || vhost->empty() || path.substr(1).find('/') != path.npos)
      return base::fail(base::Kind::usage, url.text(),
                        "what follows the '/' is the virtual host: write %2F for a '/' in its name, and nothing, not "
                        "even the '/', for the default one");
    address.vhost = *vhost;
  }
  while (!rest.empty()) {
    const std::string_view parameter = rest.substr(0, rest.find('&'));
    TRY(take_parameter(address, parameter));
    rest.remove_prefix(std::min(parameter.size() + 1, rest.size()));
  }
  return address;
}

Result<std::vector<AmqpAddress>> parse_amqp_addresses(const std::vector<Url>& urls) {
  const auto what = [](const AmqpAddress& address) {
    return std::tie(address.url.user, address.url.password, address.vhost, address.exchange, address.key,
                    address.queue);
  };
  std::vector<AmqpAddress> addresses;
  for (const Url& url : urls) {
    addresses.push_back(TRY(parse_amqp_address(url)));
    if (what(addresses.back()) != what(addresses.front()))
      return base::fail(base::Kind::usage, url.text(), "all but the host and the port must be as in the first address");
  }
  return addresses;
}

}  // namespace net
