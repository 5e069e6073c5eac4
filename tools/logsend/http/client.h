// Requests to HTTP servers, driven by the event loop; with multi.cc the only user of libcurl. HTTP/1.1 on http://, what
// ALPN gives on https://. Connections are kept and used again. Redirections are not followed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"
#include "net/tls.h"
#include "tools/logsend/http/api.h"

namespace logsend::http {

struct ClientOptions {
  base::Duration connect_timeout = std::chrono::seconds(10);  // for the name, TCP and TLS together
  base::Duration timeout = std::chrono::seconds(90);          // no byte moved for so long; zero: never
  std::optional<base::Duration> keepalive = {};               // as net::set_keepalive
  net::TlsOptions tls = {};
  bool public_only = false;               // net::is_public(), and no proxy, which would connect to any other
  std::optional<std::string> proxy = {};  // without user and password; empty: none; not given: as the environment says
};

// A request. The body must outlive it.
struct Call {
  std::string url;  // without user and password
  std::string method;
  std::vector<std::string> headers;  // "Name: value"
  std::string user = {};             // for Basic authentication; empty, with an empty password: none
  std::string password = {};
  std::string proxy_user = {};  // empty: none
  std::string proxy_password = {};
  std::string_view body;
  std::size_t answer_bytes = 1 << 20;  // of a longer body the rest is not read
};

struct Outcome {
  bool answered = false;  // the head of a final answer came whole; else `failure` says why not
  int status = 0;
  std::string reason = {};
  std::vector<Header> headers = {};
  std::string body = {};
  bool too_long = false;  // the body is longer than was asked for, and its rest was not read
  bool cut = false;       // the body ended too early
  bool early = false;     // the answer came before the whole request was sent
  std::string failure = {};
};

class Client {
 public:
  using Id = std::uint64_t;
  using Done = std::function<void(Outcome)>;  // called from within the loop

  static base::Result<std::unique_ptr<Client>> create(event::Loop& loop, ClientOptions options);
  ~Client();

  Id start(const Call& call, Done done);
  // Connects only; `answered` says whether that worked.
  Id probe(const std::string& url, Done done);
  // Nobody is told of its end.
  void stop(Id id);

  // Where no request is under way.
  base::Result<void> close_idle_connections();
  // Requests from now on use connections of their own.
  void forget_connections();

 private:
  struct Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace logsend::http
