#include "codec/where.h"

#include "codec_fixture.h"

using codec::Where;

namespace {

bool keeps(std::string_view expression, std::string_view line) {
  return Where::compile(expression)->matches(codec_test::parsed(line));
}

std::string why_not(std::string_view expression) {
  const auto compiled = Where::compile(expression);
  return compiled ? "" : compiled.error().why;
}

constexpr std::string_view kLine = "<36>Oct 11 22:14:15 mx1 sshd[7]: Failed password for \\root \"x\" 42";

}  // namespace

TEST_CASE("severity has an order in which emerg is the least") {
  CHECK(keeps("severity == warning", kLine));
  CHECK(keeps("severity <= warning", kLine));
  CHECK(keeps("severity <= 4", kLine));
  CHECK(keeps("severity >= warn", kLine));
  CHECK(keeps("severity < debug", kLine));
  CHECK(keeps("severity > err", kLine));
  CHECK_FALSE(keeps("severity < warning", kLine));
  CHECK_FALSE(keeps("severity != 4", kLine));
}

TEST_CASE("fields are compared, searched and asked for") {
  CHECK(keeps("appname == sshd", kLine));
  CHECK(keeps("appname == \"sshd\"", kLine));
  CHECK(keeps("appname != su", kLine));
  CHECK(keeps("facility == security", kLine));
  CHECK(keeps("message =~ \"^Failed .* \\d+$\"", kLine));
  CHECK(keeps("message =~ \"\\\\root\"", kLine));
  CHECK(keeps("message =~ \"\\\"x\\\"\"", kLine));
  CHECK(keeps("message !~ Accepted", kLine));
  CHECK(keeps("procid and not msgid", kLine));
  CHECK(keeps("message == \"a \\\"b\\\" \\\\ \\d\"", "<36>Oct 11 22:14:15 h t: a \"b\" \\ \\d"));
}

TEST_CASE("parameters of structured data are compared, searched and asked for") {
  constexpr std::string_view line = R"(<36>1 - - - - - [origin ip="10.0.0.1" software="a \"b\""] m)";
  CHECK(keeps("structured_data[origin].ip == 10.0.0.1", line));
  CHECK(keeps("structured_data[origin].ip =~ ^10[.]", line));
  CHECK(keeps("structured_data[origin].software == \"a \\\"b\\\"\"", line));
  CHECK(keeps("structured_data[origin].ip and not structured_data[origin].x", line));
  CHECK(keeps("structured_data[origin].x != 1", line));
  CHECK_FALSE(keeps("structured_data[meta].ip =~ \"\"", line));
  CHECK(why_not("structured_data[origin].ip < 5") == "column 28: only severity and open fields have an order");
}

TEST_CASE("what is missing equals and matches nothing") {
  CHECK_FALSE(keeps("msgid == \"\"", kLine));
  CHECK(keeps("msgid != x", kLine));
  CHECK_FALSE(keeps("msgid =~ \"\"", kLine));
  CHECK_FALSE(keeps("severity <= debug", "unparsed"));
  CHECK(keeps("severity != debug", "unparsed"));
  CHECK(keeps("unparsed =~ priority", "unparsed"));
}

TEST_CASE("not binds closer than and, and closer than or") {
  CHECK(keeps("appname == x and appname == y or hostname == mx1", kLine));
  CHECK_FALSE(keeps("appname == x and (appname == y or hostname == mx1)", kLine));
  CHECK(keeps("not appname == x and hostname == mx1", kLine));
  CHECK_FALSE(keeps("not (appname == x or hostname == mx1)", kLine));
  CHECK(keeps("severity <= warning and appname == \"sshd\" and not message =~ \"Accepted\"", kLine));
}

TEST_CASE("a wrong expression is refused with the column") {
  CHECK(why_not("") == "column 1: expected a field, not or (");
  CHECK(why_not("appname == ") == "column 12: expected a value");
  CHECK(why_not("appname = x") == "column 9: \"=\" is no operator; did you mean ==?");
  CHECK(why_not("a = b") == "column 3: \"=\" is no operator; did you mean ==?");
  CHECK(why_not("appname == \"x") == "column 12: the quote is not closed");
  CHECK(why_not("(appname == x") == "column 1: the parenthesis is not closed");
  CHECK(why_not("appname == x y") == "column 14: expected and, or, or the end");
  CHECK(why_not("appname == x and") == "column 17: expected a field, not or (");
  CHECK(why_not("severity <= loud") == "column 13: no severity is named \"loud\"");
  CHECK(why_not("message < 5") == "column 9: only severity and open fields have an order");
  CHECK(why_not("message =~ \"a(b\"") == "column 12: missing ): a(b");
  CHECK(why_not("app[] == x").substr(0, 38) == "column 1: no field is named \"app[]\"; t");
  CHECK(why_not("status < five") == "column 10: not a number; open fields have the order of numbers");
}

TEST_CASE("an expression nested very deeply is refused") {
  CHECK(why_not(std::string(100000, '(')) == "column 101: nested too deeply");
}
