// geoip(), useragent(), uuid() and hmac().
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "folder.h"
#include "rules/digest.h"
#include "rules/event_identity.h"
#include "rules/tags.h"
#include "rules/user_agents.h"
#include "rules_fixture.h"

using codec::Event;
using rules::Outcome;
using rules_test::event_of;
using rules_test::field;
using rules_test::fields;
using rules_test::made;
using rules_test::refusal;

namespace {

// As tests/mmdb.py has it.
void write_database(const std::string& path, const std::string& places) {
  std::ofstream(path + ".json") << places;
  const auto script = std::filesystem::path(rules::shipped_patterns_folder()).parent_path() / "tests/mmdb.py";
  const std::string command = "python3 -B " + script.string() + " " + path + " <" + path + ".json";
  REQUIRE(std::system(command.c_str()) == 0);  // NOLINT(cert-env33-c)
}

constexpr char kPlaces[] = R"({
  "192.0.2.0/24": {"continent": {"names": {"en": "Europe"}}, "city": {"names": {"de": "Köln", "en": "Cologne"}},
                   "country": {"names": {"en": "Germany"}, "iso_code": "DE"},
                   "subdivisions": [{"names": {"en": "North Rhine-Westphalia"}}],
                   "location": {"latitude": 50.9375, "longitude": -6.5}},
  "2001:db8::/32": {"country": {"iso_code": "FR"}}})";

void set_second(rules::Workspace& workspace, int second) {
  workspace.clock.now = base::WallTime(std::chrono::seconds(second));
}

std::string identified(const std::string& text, const rules::Arguments& arguments = {}) {
  rules::Workspace workspace;
  Event event = event_of(text);
  const auto useragent = made("useragent", arguments);
  (void)useragent->apply(event, event.message, workspace);
  return fields(event);
}

Event sample() {
  Event event = event_of("it happened");
  event.severity = 3;
  event.facility = 1;
  event.appname = "app";
  event.hostname = "host";
  event.timestamp =
      codec::Timestamp{.seconds = 1709290800, .nanoseconds = 500000000, .offset_minutes = 60, .digits = 1};
  return event;
}

std::string uuid_of(Event event) {
  rules::Workspace workspace;
  CHECK(made("uuid", {})->apply(event, {}, workspace) == Outcome::applied);
  return field(event, "uuid");
}

}  // namespace

// ---- geoip

TEST_CASE("geoip(): what the database says of an address") {
  const unit::Folder folder;
  write_database(folder / "db", kPlaces);
  rules::Workspace workspace;
  Event event = event_of("m");
  const auto geoip = made("geoip", {}, {.geoip_database = folder / "db"});
  CHECK(geoip->apply(event, "192.0.2.77", workspace) == Outcome::applied);
  CHECK(fields(event) == R"({"continent":"Europe","city":"Cologne","country":"Germany","country_iso":"DE",)"
                         R"("subdivision":"North Rhine-Westphalia","latitude":50.9375,"longitude":-6.5})");
}

TEST_CASE("geoip(): IPv6, and a prefix") {
  const unit::Folder folder;
  write_database(folder / "db", kPlaces);
  rules::Workspace workspace;
  Event event = event_of("m");
  const auto geoip = made("geoip", {{}, {{"prefix", "geo."}}}, {.geoip_database = folder / "db"});
  CHECK(geoip->apply(event, "2001:db8::1", workspace) == Outcome::applied);
  CHECK(fields(event) == R"({"geo.country_iso":"FR"})");
}

TEST_CASE("geoip(): unknown addresses, and what is none") {
  const unit::Folder folder;
  write_database(folder / "db", kPlaces);
  rules::Workspace workspace;
  Event event = event_of("m");
  const auto geoip = made("geoip", {}, {.geoip_database = folder / "db"});
  for (const char* const address : {"198.51.100.1", "", "host", "192.0.2", "192.0.2.1 ", "2001:db9::1"}) {
    CAPTURE(address);
    CHECK(geoip->apply(event, address, workspace) == Outcome::not_applied);
  }
  CHECK(fields(event) == "{}");
}

TEST_CASE("geoip(): a database that is replaced is opened again") {
  const unit::Folder folder;
  write_database(folder / "db", kPlaces);
  rules::Workspace workspace;
  Event event = event_of("m");
  const auto geoip = made("geoip", {}, {.geoip_database = folder / "db"});
  set_second(workspace, 10);
  CHECK(geoip->apply(event, "2001:db8::1", workspace) == Outcome::applied);
  write_database(folder / "db", R"({"2001:db8::/32": {"country": {"iso_code": "IT"}}})");
  set_second(workspace, 11);
  CHECK(geoip->apply(event, "2001:db8::1", workspace) == Outcome::applied);
  CHECK(fields(event) == R"({"country_iso":"IT"})");
}

TEST_CASE("geoip(): a damaged replacement is reported once, and the old database stays in use") {
  const unit::Folder folder;
  write_database(folder / "db", kPlaces);
  std::vector<std::string> reports;
  rules::Workspace workspace;
  Event event = event_of("m");
  const auto geoip = made("geoip", {},
                          {.geoip_database = folder / "db",
                           .report = [&](base::Level, const std::string& text) { reports.push_back(text); }});
  std::ofstream(folder / "bad") << "no database";
  std::filesystem::rename(folder / "bad", folder / "db");
  for (int second = 10; second < 13; ++second) {
    set_second(workspace, second);
    CHECK(geoip->apply(event, "192.0.2.1", workspace) == Outcome::applied);
  }
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].starts_with("open database " + (folder / "db") + ": "));
}

TEST_CASE("geoip(): a database that is missing or damaged is an error") {
  const unit::Folder folder;
  CHECK(refusal("geoip", {}) == "geoip(): --geoip-database must name a database");
  CHECK(refusal("geoip", {}, {.geoip_database = "/nonexistent"}) ==
        "open database /nonexistent: No such file or directory");
  std::ofstream(folder / "bad") << "no database";
  CHECK(
      refusal("geoip", {}, {.geoip_database = folder / "bad"}).starts_with("open database " + (folder / "bad") + ": "));
}

// ---- useragent

TEST_CASE("useragent(): browsers and systems, with versions") {
  CHECK(identified("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/121.0.6167.85 "
                   "Safari/537.36") ==
        R"({"browser":"Chrome","browser_version":"121.0.6167.85","browser_os":"Linux"})");
  CHECK(identified("Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                   "Version/17.2 Mobile/15E148 Safari/604.1",
                   {{}, {{"prefix", "ua_"}}}) == R"({"ua_browser":"Mobile Safari","ua_browser_version":"17.2",)"
                                                 R"("ua_browser_os":"iOS","ua_browser_os_version":"17.2"})");
}

TEST_CASE("useragent(): crawlers are tagged") {
  CHECK(identified("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)") ==
        R"({"browser":"Googlebot","browser_version":"2.1","tags":["bot"]})");
}

TEST_CASE("useragent(): what tells nothing is not applied") {
  CHECK(identified("") == "{}");
  CHECK(identified("\xff\xfe nothing at all") == "{}");
  CHECK(identified(std::string(1 << 20, 'x')) == "{}");
}

TEST_CASE("useragent(): more agents than the cache holds, each as the first time") {
  rules::Workspace workspace;
  const unit::Folder folder;
  std::ofstream(folder / "few.yaml") << "user_agent_parsers:\n  - regex: '(Agent)/(\\d+)'\n"
                                     << "os_parsers:\n  - regex: '(Sys)'\n    os_replacement: 'The $1'\n";
  const auto useragent = made("useragent", {}, {.useragent_regexes = folder / "few.yaml"});
  for (int i = 0; i < 10000; ++i) {
    Event event = event_of("Agent/" + std::to_string(i % 5000));
    const std::string text = "Agent/" + std::to_string(i % 5000) + " Sys";
    REQUIRE(useragent->apply(event, text, workspace) == Outcome::applied);
    REQUIRE(field(event, "browser_version") == std::to_string(i % 5000));
    REQUIRE(field(event, "browser_os") == "The Sys");
  }
}

TEST_CASE("useragent(): all of Debian's expressions are good") {
  const auto agents = rules::UserAgents::read(rules::Resources().useragent_regexes);
  REQUIRE(agents);
  CHECK((*agents)->first_fault().value_or("") == "");
}

TEST_CASE("useragent(): a file that is something else is refused") {
  const unit::Folder folder;
  for (const char* const text : {"", "a: b", "- [", "user_agent_parsers: x\nos_parsers: y\n", "\t\xff"}) {
    std::ofstream(folder / "bad.yaml") << text;
    CHECK(refusal("useragent", {}, {.useragent_regexes = folder / "bad.yaml"}) ==
          "read " + (folder / "bad.yaml") + ": it is no regexes.yaml of uap-core");
  }
}

// ---- uuid, hmac

TEST_CASE("digests: those of the standards") {
  const auto hex = [](const rules::Sha256& digest) {
    std::string text;
    for (const char c : digest) {
      text += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
      text += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
    }
    return text;
  };
  CHECK(hex(rules::sha256_of("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(rules::hmac_sha256_of("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// printf '3:err4:user3:app4:host11:it happened27:2024-03-01T11:00:00.500000Z' | sha256sum
TEST_CASE("uuid(): the documented digest of the event's content") {
  CHECK(uuid_of(sample()) == "H3Wsxz1hYC56dFmEMJcH/g==");
}

TEST_CASE("uuid(): the same content has the same one, wherever and however exactly its time was written") {
  Event other = sample();
  other.timestamp->offset_minutes = -120;
  other.timestamp->digits = 9;
  other.procid = "7";
  CHECK(uuid_of(std::move(other)) == uuid_of(sample()));
}

TEST_CASE("uuid(): other content has another one") {
  Event message = sample();
  message.message = "it happened again";
  Event moved = sample();
  moved.appname = "apph";
  moved.hostname = "ost";
  CHECK(uuid_of(std::move(message)) != uuid_of(sample()));
  CHECK(uuid_of(std::move(moved)) != uuid_of(sample()));
}

TEST_CASE("hmac(): an event gets one, which is its own until it changes") {
  const unit::Folder folder;
  std::ofstream(folder / "key") << "c2VjcmV0IGtleSBvZiAyNCBieXRlcw==\n";
  rules::Workspace workspace;
  set_second(workspace, 1709290800);
  const auto hmac = made("hmac", {}, {.hmac_key_file = folder / "key"});
  Event event = sample();
  CHECK(hmac->apply(event, {}, workspace) == Outcome::applied);
  CHECK(field(event, "timehmac") == "2024-03-01T11:00:00.000000Z");
  CHECK(field(event, "hmac") == "19mFR2iMpnxH/ZoxySaaX81HF4IhpdvY+u7hUBDL9ng=");
  CHECK(hmac->apply(event, {}, workspace) == Outcome::applied);
  event.severity = 4;
  CHECK(hmac->apply(event, {}, workspace) == Outcome::forged);
}

TEST_CASE("hmac(): another key, another time, or none: the event is forged") {
  const unit::Folder folder;
  std::ofstream(folder / "key") << "c2VjcmV0";
  std::ofstream(folder / "other") << "c2VjcmV1";
  rules::Workspace workspace;
  Event event = sample();
  const auto hmac = made("hmac", {}, {.hmac_key_file = folder / "key"});
  CHECK(hmac->apply(event, {}, workspace) == Outcome::applied);
  CHECK(made("hmac", {}, {.hmac_key_file = folder / "other"})->apply(event, {}, workspace) == Outcome::forged);
  codec::set_open_field(event, "timehmac", "2024-03-01T11:00:00.000001Z");
  CHECK(hmac->apply(event, {}, workspace) == Outcome::forged);
  codec::set_open_field(event, "timehmac", "");
  CHECK(hmac->apply(event, {}, workspace) == Outcome::forged);
}

TEST_CASE("hmac(): a key that is missing or no base64 is an error that does not show it") {
  const unit::Folder folder;
  CHECK(refusal("hmac", {}) == "hmac(): --hmac-key-file must name the file of the key");
  CHECK(refusal("hmac", {}, {.hmac_key_file = "/nonexistent"}) == "read key /nonexistent: No such file or directory");
  for (const char* const key : {"", "\n", "not base64!", "c2VjcmV"}) {
    std::ofstream(folder / "key") << key;
    CHECK(refusal("hmac", {}, {.hmac_key_file = folder / "key"}) ==
          "read key " + (folder / "key") + ": it is not a key in base64");
  }
}
