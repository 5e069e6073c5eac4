#include "tools/logcat/ring/metrics_page.h"

#include <utility>

namespace logcat {

base::Result<net::Url> MetricsPage::parse(const std::string& address) {
  auto url = net::parse_url(address);
  if (!url) return url;
  if (url->scheme != "http")
    return base::fail(base::Kind::usage, "", "'" + address + "' is no http://HOST:PORT/metrics");
  if (url->path.empty() || url->path == "/") url->path = "/metrics";
  return url;
}

base::Result<std::unique_ptr<MetricsPage>> MetricsPage::open(event::Loop& loop, const net::Url& url,
                                                             std::shared_ptr<net::InheritedSockets> sockets,
                                                             base::Report report) {
  std::unique_ptr<MetricsPage> page(new MetricsPage(url.path));
  http::ServerOptions options;
  options.sockets = std::move(sockets);
  page->server_ = TRY(http::Server::open(loop, {url}, std::move(options), *page, std::move(report)));
  return page;
}

std::optional<http::Response> MetricsPage::refuse(const http::Request& head) {
  if (head.path() != path_) return http::Response::text(404, "metrics are at " + path_);
  if (head.method != "GET" && head.method != "HEAD") return http::Response::text(405, "only GET and HEAD");
  return std::nullopt;
}

void MetricsPage::serve(http::Exchange exchange, http::Request, std::shared_ptr<const net::Peer>) {
  (void)server_->answer(exchange, {.status = 200,
                                   .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
                                   .body = counts_.text(ring_files_())});
}

}  // namespace logcat
