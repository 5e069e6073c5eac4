#include "tools/logsend/http/targets.h"

#include <algorithm>
#include <utility>

#include "base/quote.h"

namespace logsend::http {
namespace {

constexpr std::size_t kMaxField = 128;  // bytes

std::string authority_of(const net::Url& url) {
  const std::string host = url.host.empty() ? "localhost" : url.host;
  return url.scheme + "://" + net::bracketed(host) + ":" + std::to_string(url.port);
}

void append_encoded(std::string& out, std::string_view value) {
  value = value.empty() ? "_" : value.substr(0, kMaxField);
  if (value.front() == '.') {
    out += '_';
    value.remove_prefix(1);
  }
  out += net::percent_encoded(value);
}

// The path with its query, without the fragment.
std::string path_of(const net::Url& url, std::string_view default_path) {
  std::string path = url.path.substr(0, url.path.find('#'));
  if (path.empty() || path == "/") return default_path.empty() ? "/" : std::string(default_path);
  return path.front() == '?' ? "/" + path : path;
}

}  // namespace

base::Result<Targets> Targets::compile(std::vector<net::Url> urls, std::string_view default_path) {
  Targets targets;
  for (net::Url& url : urls) {
    std::vector<Part> path = TRY(parts_of(path_of(url, default_path), url));
    targets.has_fields_ |= path.size() > 1 || path.front().field;
    std::string authority = authority_of(url);
    targets.servers_.push_back({std::move(url), std::move(authority), std::move(path)});
  }
  return targets;
}

base::Result<std::vector<Targets::Part>> Targets::parts_of(std::string_view path, const net::Url& url) {
  std::vector<Part> parts;
  for (;;) {
    const std::size_t begin = path.find("%{");
    parts.push_back({.text = std::string(path.substr(0, begin)), .field = {}});
    if (begin == path.npos) break;
    const std::size_t end = path.find('}', begin);
    if (end == path.npos) return base::fail(base::Kind::usage, "send to " + url.text(), "%{ has no }");
    const std::string_view name = path.substr(begin + 2, end - begin - 2);
    parts.back().field = codec::field_named(name);
    if (!parts.back().field)
      return base::fail(base::Kind::usage, "send to " + url.text(),
                        "no field is named " + base::quote(name) + "; there are " + codec::field_names());
    path.remove_prefix(end + 1);
    if (path.empty()) break;
  }
  return parts;
}

// The paths at all servers, each with a line end, which is in none of them.
void Targets::append_target(std::string& out, const codec::Event& event) const {
  std::string space;
  for (const Server& server : servers_) {
    for (const Part& part : server.path) {
      out += part.text;
      if (part.field) append_encoded(out, codec::field_text(event, *part.field, space));
    }
    out += '\n';
  }
}

std::string Targets::url(std::size_t server, std::string_view target, std::string_view path,
                         std::string_view query) const {
  for (std::size_t i = 0; i < server; ++i) target.remove_prefix(target.find('\n') + 1);
  std::string out = servers_[server].authority;
  out += path.empty() ? target.substr(0, target.find('\n')) : path;
  if (!query.empty()) ((out += out.find('?') == out.npos ? '?' : '&') += query);
  return out;
}

}  // namespace logsend::http
