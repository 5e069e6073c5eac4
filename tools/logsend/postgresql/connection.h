// One connection to a PostgreSQL server, driven by the event loop; the only user of libpq. Names are looked up in
// a thread (net/lookup.h). TLS, passwords and what the URL's query says are libpq's business (libpq, 34.1.2); without
// a word of it a server elsewhere must show a certificate for its name.
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
#include "cli/credentials.h"
#include "event/loop.h"
#include "net/url.h"

namespace logsend::postgresql {

struct ConnectionOptions {
  base::Duration connect_timeout = std::chrono::seconds(10);  // for each address, with TLS and login
  base::Duration timeout = std::chrono::seconds(90);          // for an answer; zero: for ever
  std::optional<base::Duration> keepalive = {};               // as net::set_keepalive
};

// Why a connection or a statement failed.
struct Failure {
  std::string state;  // SQLSTATE; empty: the connection failed
  std::string reason;
};

struct Rows {
  std::vector<std::vector<std::string>> values;
  std::uint64_t affected = 0;
};

class Connection {
 public:
  class Owner {
   public:
    virtual void connected() = 0;
    virtual void answered(Rows rows) = 0;
    // The statement, or the connection where Failure::state is empty; then nothing more can be asked.
    virtual void failed(Failure failure) = 0;

   protected:
    ~Owner() = default;
  };

  // Kind::usage for what libpq does not understand in the URL.
  static base::Result<void> check(const net::Url& url);

  // Begins at once; the owner is called from within the loop, and may destroy this.
  Connection(event::Loop& loop, const net::Url& url, const std::optional<cli::Credentials>& credentials,
             ConnectionOptions options, Owner& owner);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One statement at a time. `arrays`: its parameters, in binary form.
  void ask(const std::string& statement, const std::vector<std::string>& arrays = {});
  // A `COPY ... FROM STDIN` and its data, which must live until the owner is told.
  void copy(const std::string& statement, const std::string& data);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace logsend::postgresql
