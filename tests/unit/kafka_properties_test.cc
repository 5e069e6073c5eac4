#include "kafka/properties.h"

#include <doctest/doctest.h>

#include <string>

namespace kafka {
namespace {

// What the last of that name says; "(none)": there is none.
std::string value_of(const Properties& properties, const std::string& name) {
  std::string value = "(none)";
  for (const Property& property : properties)
    if (property.name == name) value = property.value;
  return value;
}

Properties read(const std::string& address, const Options& options = {}, const net::TlsOptions& tls = {}) {
  const auto url = net::parse_url(address);
  REQUIRE(url);
  const auto properties = read_properties(options, *url, tls);
  REQUIRE(properties);
  return *properties;
}

}  // namespace

TEST_CASE("kafka: the address says which brokers, and whether through TLS") {
  const Properties plain = read("kafka://a,[::1]:1/t");
  CHECK(value_of(plain, "bootstrap.servers") == "a:9092,[::1]:1");
  CHECK(value_of(plain, "security.protocol") == "plaintext");
  CHECK(value_of(plain, "sasl.mechanism") == "(none)");
  const Properties tls = read("kafkas:///t");
  CHECK(value_of(tls, "bootstrap.servers") == "localhost:9093");
  CHECK(value_of(tls, "security.protocol") == "ssl");
  CHECK(value_of(tls, "enable.ssl.certificate.verification") == "true");
  CHECK(value_of(tls, "ssl.endpoint.identification.algorithm") == "https");
}

TEST_CASE("kafka: TLS files become properties") {
  const net::TlsOptions files{.cert_file = "c", .ca_file = "a", .verify = net::TlsVerify::none};
  const Properties properties = read("kafkas://a/t", {}, files);
  CHECK(value_of(properties, "ssl.certificate.location") == "c");
  CHECK(value_of(properties, "ssl.key.location") == "c");
  CHECK(value_of(properties, "ssl.ca.location") == "a");
  CHECK(value_of(properties, "enable.ssl.certificate.verification") == "false");
}

TEST_CASE("kafka: without TLS a password is not sent as it is, unless that is asked for") {
  CHECK(value_of(read("kafka://u:p@a/t"), "sasl.mechanism") == "SCRAM-SHA-512");
  CHECK(value_of(read("kafkas://u:p@a/t"), "sasl.mechanism") == "PLAIN");
  CHECK(value_of(read("kafkas://u:p@a/t"), "security.protocol") == "sasl_ssl");
  const Options options{.given = {{"sasl.mechanism", "PLAIN"}}, .file = {}, .credentials = {}};
  const Properties properties = read("kafka://u:p@a/t", options);
  CHECK(value_of(properties, "sasl.mechanism") == "PLAIN");
  CHECK(value_of(properties, "sasl.username") == "u");
  CHECK(value_of(properties, "sasl.password") == "p");
}

TEST_CASE("kafka: properties are parsed, and refused without their value") {
  const auto property = parse_property("a.b=c=d", false);
  REQUIRE(property);
  CHECK(property->name == "a.b");
  CHECK(property->value == "c=d");
  CHECK_FALSE(parse_property("a", false));
  CHECK_FALSE(parse_property("=a", false));
  CHECK_FALSE(parse_property("acks=1", true));
  CHECK_FALSE(parse_property("ssl.key.pem=x", false));
  CHECK(parse_property("ssl.key.pem=x", true));
  CHECK(parse_property("sasl.password=hidden", true).error().text().find("hidden") == std::string::npos);
}

TEST_CASE("kafka: files of properties have comments and line ends of both kinds") {
  const auto properties = parse_properties("# ours\n\na=1\r\nb=2");
  REQUIRE(properties);
  REQUIRE(properties->size() == 2);
  CHECK((*properties)[0].value == "1");
  CHECK((*properties)[1].name == "b");
}

}  // namespace kafka
