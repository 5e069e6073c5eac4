// The page of logcat ring: --metrics URL: an HTTP server with EventCounts at the path of the URL.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/report.h"
#include "base/result.h"
#include "event/loop.h"
#include "http/server.h"
#include "net/inherited.h"
#include "net/url.h"
#include "tools/logcat/ring/event_counts.h"

namespace logcat {

class MetricsPage final : private http::Server::Handler {
 public:
  virtual ~MetricsPage() = default;

  // Kind::usage for what is no http://HOST:PORT/PATH.
  static base::Result<net::Url> parse(const std::string& address);

  static base::Result<std::unique_ptr<MetricsPage>> open(event::Loop& loop, const net::Url& url,
                                                         std::shared_ptr<net::InheritedSockets> sockets,
                                                         base::Report report);

  [[nodiscard]] EventCounts& counts() { return counts_; }
  // How many ring files there are, for the page.
  void set_ring_files(std::function<std::size_t()> count) { ring_files_ = std::move(count); }
  // "http://127.0.0.1:9464"
  [[nodiscard]] std::vector<std::string> addresses() const { return server_->addresses(); }

 private:
  explicit MetricsPage(std::string path) : path_(std::move(path)) {}
  std::optional<http::Response> refuse(const http::Request& head) override;
  void serve(http::Exchange exchange, http::Request request, std::shared_ptr<const net::Peer> sender) override;
  [[nodiscard]] bool has_room(const http::Request&) const override { return true; }

  std::string path_;
  EventCounts counts_;
  std::function<std::size_t()> ring_files_ = [] { return std::size_t{0}; };
  std::unique_ptr<http::Server> server_;
};

}  // namespace logcat
