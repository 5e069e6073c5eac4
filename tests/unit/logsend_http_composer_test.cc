// The request of a load, made when it goes out or ahead of that.
#include <doctest/doctest.h>

#include <string>

#include "codec/compress.h"
#include "tests/unit/logsend_http_cases.h"
#include "tools/logsend/http/composer.h"

namespace logsend::http {
namespace {

Composer composer(codec::Coding compress = codec::Coding::plain) {
  return {make_api(kJson), ComposerOptions{.compress = compress}};
}

Load load_of(const std::string& text) {
  Load load;
  load.parts.append("," + text);
  load.numbers.push_back(1);
  return load;
}

std::string body_of(Composer& composer, const Load& load, const std::string& key) {
  return std::string(composer.compose(load, key)->request.body);
}

TEST_CASE("logsend http: a request that was made ahead is that of its load, compressed or not") {
  for (const codec::Coding coding : {codec::Coding::plain, codec::Coding::gzip, codec::Coding::zstd}) {
    const Load load = load_of("{}");
    Composer now = composer(coding);
    Composer ahead = composer(coding);
    ahead.compose_ahead(load, "K");
    CHECK(body_of(ahead, load, "K") == body_of(now, load, "K"));
    CHECK(body_of(ahead, load, "K") == body_of(now, load, "K"));  // sent again
  }
}

TEST_CASE("logsend http: what was made ahead of another load, or of other messages in its memory, is not used") {
  Composer made = composer();
  Load load = load_of("1");
  made.compose_ahead(load, "one");
  CHECK(body_of(made, load_of("2"), "two") == "[2]");
  made.compose_ahead(load, "one");
  load = load_of("3");
  CHECK(body_of(made, load, "three") == "[3]");
}

}  // namespace
}  // namespace logsend::http
