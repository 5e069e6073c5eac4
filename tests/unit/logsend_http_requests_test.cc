// Of requests: where they go, their headers, their keys, and how long to wait after a refusal.
#include <string>
#include <vector>

#include "codec/compress.h"
#include "tests/unit/logsend_http_cases.h"
#include "tools/logsend/http/encoder.h"
#include "tools/logsend/http/headers.h"
#include "tools/logsend/http/retry_after.h"
#include "tools/logsend/http/targets.h"

namespace logsend::http {
namespace {

using std::chrono::seconds;

Targets targets_of(const std::vector<std::string>& addresses, std::string_view default_path = "") {
  std::vector<net::Url> urls;
  for (const std::string& address : addresses) urls.push_back(net::parse_url(address).value());
  return Targets::compile(std::move(urls), default_path).value();
}

std::string url_of(const std::string& address, const codec::Event& event = {}) {
  const Targets targets = targets_of({address}, "/default");
  std::string target;
  targets.append_target(target, event);
  return targets.url(0, target);
}

TEST_CASE("logsend http: URLs lose user, password and fragment, and get the path that they lack") {
  CHECK(url_of("http://u:p@host/in?a=b#c") == "http://host:80/in?a=b");
  CHECK(url_of("https://[::1]:8443") == "https://[::1]:8443/default");
  CHECK(url_of("http://host/") == "http://host:80/default");
  CHECK(url_of("http://host?x") == "http://host:80/?x");
}

TEST_CASE("logsend http: values in a URL are percent-encoded parts of one segment") {
  codec::Event event;
  event.appname = "a/b c?\xc3\xbc%";
  CHECK(url_of("http://h/%{appname}/x", event) == "http://h:80/a%2Fb%20c%3F%C3%BC%25/x");
  event.appname = "..";
  CHECK(url_of("http://h/%{appname}/x", event) == "http://h:80/_./x");
  CHECK(url_of("http://h/%{hostname}", event) == "http://h:80/_");
}

TEST_CASE("logsend http: each server has its own path") {
  const Targets targets = targets_of({"http://a/%{appname}", "http://b/y"});
  codec::Event event;
  event.appname = "x";
  std::string target;
  targets.append_target(target, event);
  CHECK(targets.url(0, target) == "http://a:80/x");
  CHECK(targets.url(1, target) == "http://b:80/y");
  CHECK(targets.url(1, target, "/ask", "a=1") == "http://b:80/ask?a=1");
  CHECK(targets.url(0, target, "", "a=1") == "http://a:80/x?a=1");
}

TEST_CASE("logsend http: a field that is none is an error") {
  CHECK_FALSE(Targets::compile({net::parse_url("http://h/%{no name}").value()}, ""));
  CHECK_FALSE(Targets::compile({net::parse_url("http://h/%{appname").value()}, ""));
}

TEST_CASE("logsend http: the first header of a name counts") {
  Headers headers({"X-A: 1"});
  headers.add("x-a: 2");
  headers.add("B: 3");
  CHECK(headers.has("b"));
  CHECK(headers.take() == std::vector<std::string>{"X-A: 1", "B: 3"});
}

TEST_CASE("logsend http: headers are a name, a colon and one line") {
  CHECK(check_header("A: b"));
  CHECK(check_header("A:"));
  for (const char* header : {"A", ": b", "A b: c", "A: b\nC: d"}) CHECK_FALSE(check_header(header));
  CHECK(parse_headers("# x\nA: b\r\n\nC: d").value() == std::vector<std::string>{"A: b", "C: d"});
  CHECK_FALSE(parse_headers("A: b\nnonsense\n"));
}

TEST_CASE("logsend http: Retry-After is seconds or a date, and bounded") {
  const base::WallTime now = base::parse_time("1999-12-31T23:59:00Z", {}).value();
  CHECK(parse_retry_after("7", now) == seconds(7));
  CHECK(parse_retry_after("601", now) == kLongestPause);
  CHECK(parse_retry_after("99999999999999999999", now) == kLongestPause);
  CHECK(parse_retry_after("Fri, 31 Dec 1999 23:59:59 GMT", now) == seconds(59));
  CHECK(parse_retry_after("Friday, 31-Dec-99 23:59:59 GMT", now) == seconds(59));
  CHECK(parse_retry_after("Fri Dec 31 23:59:59 1999", now) == seconds(59));
  CHECK(parse_retry_after("Fri, 31 Dec 1999 23:58:59 GMT", now) == seconds(0));
  CHECK(parse_retry_after("Fri, 31 Dec 2021 23:58:59 GMT", now) == kLongestPause);
  for (const char* value : {"", "soon", "-1", "1.5", "Fri, 31 Dec 1999"}) CHECK_FALSE(parse_retry_after(value, now));
}

// The key of all messages, in one load.
std::string key_of(const std::string& origin, const stream::Batch& batch, std::uint64_t nonce = 1) {
  const auto api = make_api(kLines);
  const Targets targets = targets_of({"http://h/"});
  Encoder encoder = Encoder::create({}, api->traits(), false, origin, nonce).value();
  Outbox outbox({});
  encoder.append(outbox, batch, *api, targets, [](base::Level, const std::string&) {});
  outbox.close_all();
  return encoder.key_of(*outbox.take());
}

stream::Batch batch_of(const std::vector<std::pair<std::string, std::string>>& messages) {
  stream::Batch batch;
  for (const auto& [id, text] : messages) batch.append(id, text);
  return batch;
}

TEST_CASE("logsend http: a key follows from origin, ids and texts, whichever process it is") {
  const std::string key = key_of("o", batch_of({{"1", "a"}, {"2", "b"}}));
  CHECK(key.size() == 32);
  CHECK(key.find_first_not_of("0123456789ABCDEF") == key.npos);
  CHECK(key_of("o", batch_of({{"1", "a"}, {"2", "b"}}), 2) == key);
  CHECK(key_of("p", batch_of({{"1", "a"}, {"2", "b"}})) != key);
  CHECK(key_of("o", batch_of({{"1", "a"}, {"3", "b"}})) != key);
  CHECK(key_of("o", batch_of({{"1", "a"}, {"2", "c"}})) != key);
  CHECK(key_of("o", batch_of({{"1", "a"}})) != key);
}

TEST_CASE("logsend http: without an origin keys are this process's own") {
  CHECK(key_of("", batch_of({{"1", "a"}}), 1) != key_of("", batch_of({{"1", "a"}}), 2));
}

TEST_CASE("logsend http: equal pieces of a split message have keys of their own") {
  const auto api = make_api(kLines);
  const Targets targets = targets_of({"http://h/"});
  Encoder encoder = Encoder::create({}, api->traits(), false, "o", 1).value();
  Outbox outbox({.messages = 1});
  encoder.append(outbox, batch_of({{"", "x"}, {"", "x"}, {"7", "x"}}), *api, targets,
                 [](base::Level, const std::string&) {});
  const std::string first = encoder.key_of(*outbox.take());
  const std::string second = encoder.key_of(*outbox.take());
  CHECK(first != second);
  CHECK(encoder.key_of(*outbox.take()) != second);
}

TEST_CASE("codec: what is compressed becomes what it was") {
  std::string bytes;
  for (int i = 0; i < 20000; ++i) bytes += std::to_string(i);
  for (const codec::Coding coding : {codec::Coding::gzip, codec::Coding::zstd}) {
    std::string packed = "x";
    codec::compress(coding, bytes, packed);
    CHECK(packed.size() < bytes.size());
    std::string_view input = std::string_view(packed).substr(1);
    const auto decoder = codec::make_decoder(coding).value();
    std::string back;
    while (!input.empty()) back += decoder->decode(input).value();
    for (std::string_view more; !(more = decoder->decode(input).value()).empty();) back += more;
    CHECK(decoder->finish());
    CHECK(back == bytes);
  }
}

}  // namespace
}  // namespace logsend::http
