#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tools/logsend/postgresql/failure.h"
#include "tools/logsend/postgresql/row_encoder.h"
#include "tools/logsend/postgresql/table.h"

namespace logsend::postgresql {
namespace {

const base::Report kSilent = [](base::Level, const std::string&) {};

Table table_of(const std::vector<std::string>& columns) {
  std::vector<Column> parsed;
  for (const std::string& column : columns) parsed.push_back(*Table::parse_column(column));
  return *Table::create("logs", parsed);
}

// The values of a column; "NULL" for null.
std::vector<std::string> values_of(const std::string& array) {
  constexpr std::size_t kHeader = 20;
  std::vector<std::string> values;
  for (std::size_t at = kHeader; at < array.size();) {
    std::uint32_t size = 0;
    for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(array[at++]);
    if (size == 0xFFFFFFFF) {
      values.emplace_back("NULL");
      continue;
    }
    values.push_back(array.substr(at, size));
    at += size;
  }
  return values;
}

struct Encoded {
  std::vector<std::vector<std::string>> columns;
};

Encoded encode(const Table& table, const stream::Batch& batch, Key key = Key::id, const std::string& origin = {}) {
  EventOptions options;
  options.processor.mode = codec::Mode::automatic;
  auto encoder = RowEncoder::create(std::move(options), table, key, origin, 7);
  REQUIRE(encoder);
  Outbox outbox({});
  encoder->append(outbox, batch, kSilent);
  outbox.close_all();
  const auto load = outbox.take();
  REQUIRE(load);
  std::vector<std::string> arrays(table.columns().size());
  RowEncoder::make_arrays(arrays, *load);
  Encoded encoded;
  for (const std::string& array : arrays) encoded.columns.push_back(values_of(array));
  return encoded;
}

stream::Batch batch_of(const std::vector<std::string>& messages) {
  stream::Batch batch;
  for (const std::string& message : messages) batch.append(message);
  return batch;
}

TEST_CASE("postgresql: what errors mean") {
  CHECK(meaning_of("") == Meaning::again);
  CHECK(meaning_of("57P01") == Meaning::again);   // the server stops
  CHECK(meaning_of("53100") == Meaning::again);   // disk full
  CHECK(meaning_of("25006") == Meaning::again);   // read only
  CHECK(meaning_of("40001") == Meaning::again);   // serialization failure
  CHECK(meaning_of("42P01") == Meaning::closed);  // no such table
  CHECK(meaning_of("28P01") == Meaning::closed);  // wrong password
  CHECK(meaning_of("22P02") == Meaning::refused);
  CHECK(meaning_of("23505") == Meaning::refused);
  CHECK(meaning_of("54000") == Meaning::refused);
}

TEST_CASE("postgresql: columns are parsed") {
  CHECK(Table::parse_column("k=@key")->from == From::key);
  CHECK(Table::parse_column("who=user")->field.name == "user");
  CHECK(Table::parse_column("a=b=c")->field.name == "b=c");
  CHECK_FALSE(Table::parse_column("message"));
  CHECK_FALSE(Table::parse_column("=message"));
  CHECK_FALSE(Table::parse_column("k=@nothing here"));
}

TEST_CASE("postgresql: names are quoted, whatever is in them") {
  CHECK(quoted_name("a\"b") == "\"a\"\"b\"");
  CHECK(Table::create("Web.Logs", Table::default_columns())->name() == "\"Web\".\"Logs\"");
  CHECK_FALSE(Table::create("", {}));
  CHECK_FALSE(Table::create(".logs", {}));
  CHECK_FALSE(Table::create("logs", {*Table::parse_column("a=message"), *Table::parse_column("a=hostname")}));
  const auto odd = Table::create("it's", {*Table::parse_column("m=message")});
  CHECK(odd->description().find("'\"it''s\"'::regclass") != std::string::npos);
}

TEST_CASE("postgresql: the insertion casts to the types that the table has") {
  const Table table = table_of({"k=@key", "n=status"});
  CHECK(
      *table.insertion({{"k", "uuid"}, {"n", "integer"}, {"other", "text"}}) ==
      R"(INSERT INTO "logs" ("k", "n") SELECT v0::uuid, v1::integer FROM unnest($1::text[], $2::text[]) AS r(v0, v1) )"
      R"(ON CONFLICT ("k") DO NOTHING)");
  const auto missing = table.insertion({{"k", "uuid"}});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().why == "it has no column \"n\"; see --columns and --create-table");
  CHECK(table_of({"m=message"}).insertion({{"m", "text"}})->find("CONFLICT") == std::string::npos);
}

TEST_CASE("postgresql: values are texts, and null where there is none") {
  const Table table = table_of({"m=message", "p=procid", "f=@fields"});
  const Encoded rows = encode(table, batch_of({"<13>1 2024-01-01T00:00:00Z h a 12 - - hello", "plain"}));
  CHECK(rows.columns[0] == std::vector<std::string>{"hello", "plain"});
  CHECK(rows.columns[1][0] == "12");
  CHECK(rows.columns[2][0] == "NULL");
}

TEST_CASE("postgresql: no text has a NUL or bytes that are not UTF-8") {
  const Table table = table_of({"m=message", "f=@fields", "e=@event"});
  const Encoded rows = encode(table, batch_of({std::string("a\0b\xff", 4), R"({"message":"\\u0000","x":"\u0000"})"}));
  CHECK(rows.columns[0][0] ==
        "a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD");
  CHECK(rows.columns[1][0].find(R"("base64":{"message":"YQBi/w=="})") != std::string::npos);
  CHECK(rows.columns[0][1] == "\\u0000");
  CHECK(rows.columns[1][1] == R"({"x":"\ufffd"})");
  CHECK(rows.columns[2][1].find(R"("\\u0000")") != std::string::npos);
}

TEST_CASE("postgresql: keys are the same when a message is sent again, and differ for equal lines") {
  const Table table = table_of({"k=@key"});
  stream::Batch batch;
  batch.append(41, "same");
  batch.append(42, "same");
  const auto first = encode(table, batch, Key::id, "buffer 1").columns[0];
  const auto again = encode(table, batch, Key::id, "buffer 1").columns[0];
  CHECK(first == again);
  CHECK(first[0] != first[1]);
  CHECK(first[0].starts_with("00000000-0029-8"));
  CHECK(encode(table, batch, Key::id, "buffer 2").columns[0][0] != first[0]);
  const auto unnamed = encode(table, batch_of({"same", "same"})).columns[0];
  CHECK(unnamed[0] != unnamed[1]);
}

TEST_CASE("postgresql: equal first pieces of different messages are different rows") {
  const Table table = table_of({"k=@key"});
  stream::Batch batch;
  for (const std::uint64_t id : {1, 2}) {
    batch.append(std::string_view(), "piece");
    batch.append(id, "end");
  }
  const auto keys = encode(table, batch, Key::id, "buffer").columns[0];
  CHECK(keys[0] != keys[2]);
}

TEST_CASE("postgresql: content keys are of what a message says") {
  const Table table = table_of({"k=@key"});
  const std::string message = "<13>1 2024-01-01T00:00:00Z h a - - - x";
  const auto keys = encode(table, batch_of({message, message, message + "y"}), Key::content).columns[0];
  CHECK(keys[0] == keys[1]);
  CHECK(keys[0] != keys[2]);
}

}  // namespace
}  // namespace logsend::postgresql
