// Where requests go: servers in order of preference, whose paths may have fields of messages in them as "%{FIELD}".
// Passive.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/event.h"
#include "codec/field.h"
#include "net/url.h"

namespace logsend::http {

class Targets {
 public:
  // `default_path`: of URLs that have none, or "/". Kind::usage for a field that does not exist.
  static base::Result<Targets> compile(std::vector<net::Url> urls, std::string_view default_path);

  [[nodiscard]] bool has_fields() const { return has_fields_; }
  [[nodiscard]] std::size_t count() const { return servers_.size(); }

  // Appends the target of an event: the same for all events that go to the same URLs. Values are percent-encoded, so
  // that each is one segment of a path, or part of one: at most 128 bytes of it are used, an empty one is "_", and so
  // is a "." at its start.
  void append_target(std::string& out, const codec::Event& event) const;

  // The URL at a server. `path` and `query` are of a request: the one replaces path and query, the other is added.
  [[nodiscard]] std::string url(std::size_t server, std::string_view target, std::string_view path = {},
                                std::string_view query = {}) const;
  [[nodiscard]] const net::Url& server(std::size_t index) const { return servers_[index].url; }
  // For messages.
  [[nodiscard]] std::string text(std::size_t server) const { return servers_[server].url.text(); }

 private:
  struct Part {
    std::string text;  // before the field
    std::optional<codec::FieldPath> field;
  };
  struct Server {
    net::Url url;
    std::string authority;  // "https://host:1234"
    std::vector<Part> path;
  };
  static base::Result<std::vector<Part>> parts_of(std::string_view path, const net::Url& url);

  std::vector<Server> servers_;
  bool has_fields_ = false;
};

}  // namespace logsend::http
