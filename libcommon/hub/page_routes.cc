// GET /: the page.
#include <memory>
#include <string>
#include <string_view>

#include "hub/hub.h"
#include "hub/page.h"
#include "hub/route.h"

namespace hub {
namespace {

void get_page(Hub& hub, std::shared_ptr<const Call> call) {
  const std::string_view html = page_html();
  static const std::string policy = page_policy(html);
  http::Response response{.status = 200, .body = std::string(html)};
  response.headers = {{"Content-Type", "text/html; charset=utf-8"},
                      {"Content-Security-Policy", policy},
                      {"X-Content-Type-Options", "nosniff"},
                      {"X-Frame-Options", "DENY"},
                      {"Referrer-Policy", "no-referrer"},
                      {"Cross-Origin-Opener-Policy", "same-origin"},
                      {"Cross-Origin-Resource-Policy", "same-origin"},
                      {"Cache-Control", "no-store"}};
  hub.answer(*call, std::move(response));
}

constexpr Route kPage[] = {{"GET", "/", Part::always, Needs::nothing, get_page}};

}  // namespace

std::span<const Route> page_routes() {
  return kPage;
}

}  // namespace hub
