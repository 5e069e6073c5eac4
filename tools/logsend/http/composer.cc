#include "tools/logsend/http/composer.h"

#include "codec/compress.h"
#include "tools/logsend/http/headers.h"

namespace logsend::http {

std::unique_ptr<Composed> Composer::make(const Load& load, std::string key) const {
  auto composed = std::make_unique<Composed>(Composed{.key = std::move(key)});
  Request& request = composed->request;
  request = api_->assemble({load.parts.bytes, load.parts.ends, composed->key}, composed->space);
  if (options_.compress == codec::Coding::plain || !api_->traits().compressible) return composed;
  codec::compress(options_.compress, request.body, composed->packed);
  request.body = composed->packed;
  request.headers.push_back("Content-Encoding: " + std::string(codec::content_coding(options_.compress)));
  return composed;
}

std::unique_ptr<Composed> Composer::compose(const Load& load, std::string key) {
  if (ahead_ && ahead_of_ == &load && ahead_->key == key) return std::move(ahead_);
  return make(load, std::move(key));
}

void Composer::compose_ahead(const Load& load, std::string key) {
  if (ahead_ && ahead_of_ == &load && ahead_->key == key) return;
  ahead_ = make(load, std::move(key));
  ahead_of_ = &load;
}

Call Composer::call_of(const Request& request, const Targets& targets, std::size_t server, std::string_view target,
                       std::string_view key, const Extras& extras) const {
  const Traits& traits = api_->traits();
  const net::Url& url = targets.server(server);
  const bool own = !extras.user.empty() || !extras.password.empty();
  const bool is_token = extras.user.empty() && !extras.password.empty();
  Headers headers(extras.headers);
  for (const std::string& header : request.headers) headers.add(header);
  std::string_view type = options_.content_type;
  if (type.empty()) type = request.content_type.empty() ? traits.content_type : request.content_type;
  headers.add("Content-Type: " + std::string(type));
  if (!key.empty()) headers.add("Idempotency-Key: " + std::string(key));
  if (is_token) headers.add("Authorization: " + std::string(traits.token_scheme) + " " + extras.password);
  const bool basic = !is_token && !headers.has("authorization");
  return {.url = targets.url(server, target, request.path, request.query),
          .method = options_.method,
          .headers = headers.take(),
          .user = !basic ? ""
                  : own  ? extras.user
                         : url.user,
          .password = !basic ? ""
                      : own  ? extras.password
                             : url.password,
          .proxy_user = extras.proxy_user,
          .proxy_password = extras.proxy_password,
          .body = request.body,
          .answer_bytes = traits.answer_bytes};
}

}  // namespace logsend::http
