// Damaged messages by the ten thousand; tests/malformed.bats asks for more.
#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

#include "base/quote.h"
#include "codec_properties.h"
#include "malformed.h"
#include "tests/unit/random.h"

using namespace std::string_view_literals;

namespace {

constexpr std::array kSeeds = {
    "<34>Oct 11 22:14:15 mymachine su[1234]: 'su root' failed for lonvick on /dev/pts/8"sv,
    "<13>2024-03-01T12:34:56.789+01:00 host app/sub[1]: message"sv,
    "2024 Oct  1 22:14:15.123 host last message repeated 3 times"sv,
    "<189>123: host1: *Mar  1 2024 18:46:11.123 UTC: %SYS-5-CONFIG_I: Configured"sv,
    "<6>[12345.678901] usb 1-1: new high-speed USB device"sv,
    "<165>1 2003-10-11T22:14:15.003Z host.example.com evntslog 7 ID47 [a@1 x=\"3\" y=\"a \\\"b\\\" c\"][b] \xEF\xBB\xBFtext"sv,
    "<34>1 - - - - - [a@1 x=\"1\" x=\"2\"][b z=\"\\]\"][a@1 q=\"\xe9\"] gr\xc3\xbc\xc3\x9f"sv,
    "<13>1 2016-12-31T23:59:60.123456789-23:59 h a p m -"sv,
    "{\"timestamp\":\"2024-03-01T12:34:56Z\",\"severity\":3,\"structured_data\":{\"a\":{\"x\":[\"1\",\"2\"]}},\"message\":\"m\"}"sv,
    "{\"message\":\"\\u00e9\\n\",\"base64\":{\"message\":\"/w==\"},\"other\":[1, {\"k\": null}],\"hostname\":\"h\"}"sv,
    "severity <= warning and (appname == \"sshd\" or not message =~ \"Acc(epted|\\\\d+)\")"sv,
    "%{timestamp} %% %{hostname} %{structured_data} %{message}"sv,
    "%{structured_data[a@1].x} "sv};

constexpr std::array kPieces = {"<"sv,           ">"sv,
                                " "sv,           ":"sv,
                                "["sv,           "]"sv,
                                "\""sv,          "\\"sv,
                                "-"sv,           "{"sv,
                                "}"sv,           ","sv,
                                "\n"sv,          "\0"sv,
                                "\xff"sv,        "\xEF\xBB\xBF"sv,
                                "<13>1 "sv,      "%{"sv,
                                "="sv,           "0"sv,
                                "99999999999"sv, "\xed\xa0\x80"sv,
                                "null"sv,        "[a x=\""sv,
                                "T"sv,           "Z"sv};

class Mutator {
 public:
  std::string next() {
    std::string text(random_.pick(kSeeds));
    for (std::size_t rounds = 1 + random_.below(4); rounds > 0; --rounds) mutate(text);
    return text;
  }

 private:
  void mutate(std::string& text) {
    const std::size_t at = random_.below(text.size() + 1);
    const std::size_t length = random_.below(8);
    switch (random_.below(6)) {
      case 0:
        text.erase(at, length);
        return;
      case 1:
        text.insert(at, random_.pick(kPieces));
        return;
      case 2:
        text.insert(at, text.substr(at, length));
        return;
      case 3:
        text.resize(at);
        return;
      case 4:
        text.replace(at, length, random_.pick(kSeeds));
        return;
      default:
        if (at < text.size()) text[at] = static_cast<char>(random_.below(256));
    }
  }

  unit::Random random_;
};

}  // namespace

TEST_CASE("whatever comes is parsed, rendered as valid JSON and syslog, and read back") {
  Mutator mutator;
  for (std::size_t left = malformed::wanted(20'000); left > 0; --left) {
    const std::string message = mutator.next();
    const std::string_view broken = codec_test::broken_property(message);
    if (!broken.empty()) FAIL(std::string(broken), ": ", base::quote(message, 1000));
    if (left % 8 == 0) codec_test::compile_as_anything(message);
  }
}
