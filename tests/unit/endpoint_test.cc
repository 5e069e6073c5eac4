#include "cli/endpoint.h"

#include <doctest/doctest.h>

#include "cli/help.h"
#include "cli/options.h"
#include "cli/tls_options.h"

namespace {

constexpr cli::Scheme kPlainSchemes[] = {{"tcp", "tcp://HOST:PORT"}, {"unix", "unix:PATH"}};
constexpr cli::Scheme kRelpSchemes[] = {{"relp", "relp://HOST:PORT"}, {"relps", "relps://HOST:PORT"}};
constexpr std::string_view kPlainOptions[] = {"--wire"};
constexpr std::string_view kRelpOptions[] = {"--relp-window"};
constexpr cli::Endpoint kPlain{kPlainSchemes, "streams", kPlainOptions};
constexpr cli::Endpoint kRelp{kRelpSchemes, "servers of RELP", kRelpOptions};

const cli::Endpoints& endpoints() {
  static const cli::Endpoints all("tool", cli::Use::write, {&kPlain, &kRelp});
  return all;
}

struct Options {
  std::vector<std::string> addresses;
  std::string wire;
  std::string window;
  std::string name;
  net::TlsOptions tls;
};

cli::Action declare(cli::CommandLine& line, const cli::Context&) {
  const auto options = std::make_shared<Options>();
  line.add_texts("URL", options->addresses, "where messages go");
  line.add_text("-w,--wire", options->wire, "framing");
  line.add_text("--relp-window", options->window, "window");
  line.add_text("--name", options->name, "for all");
  cli::declare_tls(line, options->tls);
  endpoints().declare(line, "Destinations", options->addresses);
  return [options]() -> base::Result<int> { return 0; };
}

constexpr cli::Verb kVerb{.name = "", .summary = "", .usage = "tool", .examples = "", .declare = declare};

// What is wrong with the arguments; empty: nothing.
std::string complaint(std::vector<std::string> arguments) {
  const cli::Context context;
  cli::CommandLine line(kVerb, context);
  const auto wish = line.parse(std::move(arguments));
  if (wish) return "";
  CHECK(wish.error().kind == base::Kind::usage);
  return wish.error().text();
}

}  // namespace

TEST_CASE("an option that belongs to no address in use is an error that says to which it belongs") {
  CHECK(complaint({"tcp://a:1", "--relp-window=5"}) ==
        "option --relp-window does not belong to tcp://; it belongs to relp:// and relps://");
  CHECK(complaint({"relp://a:1", "unix:/s", "relp://b:1", "-w", "x"}).empty());
  CHECK(complaint({"relp://a:1", "-w", "x"}) ==
        "option --wire does not belong to relp://; it belongs to tcp:// and unix:");
}

TEST_CASE("the options of TLS belong to schemes that use it") {
  CHECK(complaint({"relp://a:1", "unix:/s", "--tls-ca-file=x"}) ==
        "option --tls-ca-file does not belong to relp:// and unix:; it belongs to relps://");
  CHECK(complaint({"relp://a:1", "relps://a:1", "--tls-ca-file=x"}).empty());
}

TEST_CASE("an option of all addresses, and any option for an unknown one, is let pass") {
  CHECK(complaint({"tcp://a:1", "--name=x"}).empty());
  CHECK(complaint({"foo://a:1", "--relp-window=5"}).empty());
}

TEST_CASE("schemes say whether they need TLS") {
  CHECK(endpoints().use_tls({*net::parse_url("relp://a:1"), *net::parse_url("relps://a:1")}));
  CHECK_FALSE(endpoints().use_tls({*net::parse_url("relp://a:1"), *net::parse_url("foo://a:1")}));
}

TEST_CASE("--help lists the addresses, with what they are") {
  const cli::Context context;
  const cli::CommandLine line(kVerb, context);
  const std::string help = cli::verb_help({.name = "tool", .summary = "", .verbs = {&kVerb, 1}}, kVerb, line);
  CHECK(help.find("\nDestinations:\n") != help.npos);
  CHECK(help.find("relp://HOST:PORT, relps://HOST:PORT\n") != help.npos);
  CHECK(help.find(" servers of RELP\n") != help.npos);
  CHECK(line.addresses().kinds.front().prefixes == std::vector<std::string>{"tcp://", "unix:"});
}
