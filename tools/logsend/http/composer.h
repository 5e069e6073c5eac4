// From a load to a request: the body that the Api makes of it, compressed where that is asked for, and the headers.
// The request that comes next can be made while another one is under way. Passive.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/decode.h"
#include "tools/logsend/http/api.h"
#include "tools/logsend/http/client.h"
#include "tools/logsend/http/targets.h"
#include "tools/logsend/outbox.h"

namespace logsend::http {

// What the options say of every request beside what the Api does.
struct Extras {
  std::vector<std::string> headers = {};  // "Name: value"; they replace the Api's
  std::string user = {};
  std::string password = {};
  std::string proxy_user = {};
  std::string proxy_password = {};
};

// A load as it goes out.
struct Composed {
  std::string key = {};  // Parts::key
  Request request = {};  // its body is of the load, or of these:
  std::string space = {};
  std::string packed = {};
};

struct ComposerOptions {
  std::string method = "POST";
  std::string content_type = {};  // empty: the Api's
  codec::Coding compress = codec::Coding::plain;
};

class Composer {
 public:
  Composer(std::shared_ptr<const Api> api, ComposerOptions options)
      : api_(std::move(api)), options_(std::move(options)) {}

  // The load must outlive what is made of it. `key`: Encoder::key_of.
  std::unique_ptr<Composed> compose(const Load& load, std::string key);
  // Makes it for the next compose() of this load. Another one that was made ahead is forgotten.
  void compose_ahead(const Load& load, std::string key);

  [[nodiscard]] Call call_of(const Request& request, const Targets& targets, std::size_t server,
                             std::string_view target, std::string_view key, const Extras& extras) const;

 private:
  [[nodiscard]] std::unique_ptr<Composed> make(const Load& load, std::string key) const;

  std::shared_ptr<const Api> api_;
  ComposerOptions options_;
  std::unique_ptr<Composed> ahead_;
  const Load* ahead_of_ = nullptr;  // only compared; with the key, since a load's memory is used again
};

}  // namespace logsend::http
