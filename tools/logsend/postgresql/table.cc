#include "tools/logsend/postgresql/table.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/quote.h"

namespace logsend::postgresql {
namespace {

using base::Kind;
using base::Result;

struct Special {
  std::string_view name;
  From from;
};

constexpr std::array kSpecial{Special{"@key", From::key}, Special{"@received", From::received},
                              Special{"@structured_data", From::structured_data}, Special{"@fields", From::fields},
                              Special{"@event", From::event}};

struct Default {
  std::string_view name;
  std::string_view from;
  std::string_view type;
};

// As pyloggr has them, and `fields`.
constexpr std::array kDefaults{Default{"uuid", "@key", "uuid PRIMARY KEY"},
                               Default{"timereported", "timestamp", "timestamptz"},
                               Default{"timegenerated", "@received", "timestamptz NOT NULL"},
                               Default{"severity", "severity", "text"},
                               Default{"facility", "facility", "text"},
                               Default{"source", "hostname", "text"},
                               Default{"app_name", "appname", "text"},
                               Default{"procid", "procid", "text"},
                               Default{"message", "message", "text NOT NULL"},
                               Default{"structured_data", "@structured_data", "jsonb"},
                               Default{"fields", "@fields", "jsonb"}};

std::string literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) (out += c) += c == '\'' ? "'" : "";
  return out += "'";
}

std::string numbered(const char* prefix, std::size_t number) {
  return prefix + std::to_string(number);
}

}  // namespace

std::string quoted_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) (out += c) += c == '"' ? "\"" : "";
  return out += '"';
}

std::vector<Column> Table::default_columns() {
  std::vector<Column> columns;
  columns.reserve(kDefaults.size());
  for (const Default& one : kDefaults)
    columns.push_back(*parse_column(std::string(one.name) + "=" + std::string(one.from)));
  return columns;
}

Result<Column> Table::parse_column(std::string_view text) {
  const std::size_t equals = text.find('=');
  const auto bad = [text](const std::string& why) { return base::fail(Kind::usage, base::quote(text), why); };
  if (equals == text.npos || equals == 0) return bad("write NAME=FIELD");
  Column column{.name = std::string(text.substr(0, equals))};
  const std::string_view from = text.substr(equals + 1);
  if (const auto special = std::ranges::find(kSpecial, from, &Special::name); special != kSpecial.end()) {
    column.from = special->from;
    return column;
  }
  auto field = codec::field_named(from);
  if (!field)
    return bad(base::quote(from) + " is neither a field nor @key, @received, @structured_data, @fields or @event");
  column.field = std::move(*field);
  return column;
}

Result<Table> Table::create(const std::string& name, std::vector<Column> columns) {
  const auto bad = [&name](const std::string& why) { return base::fail(Kind::usage, "use table " + name, why); };
  const std::size_t dot = name.find('.');
  const std::string own = dot == name.npos ? name : name.substr(dot + 1);
  if (own.empty() || dot == 0 || name.find('\0') != name.npos) return bad("write NAME or SCHEMA.NAME");
  Table table;
  table.name_ = (dot == name.npos ? "" : quoted_name(name.substr(0, dot)) + ".") + quoted_name(own);
  table.index_ = quoted_name(own + "_timereported");
  std::set<std::string> names;
  for (const Column& column : columns)
    if (!names.insert(column.name).second) return bad("column " + base::quote(column.name) + " stands twice");
  const auto key = std::ranges::find(columns, From::key, &Column::from);
  if (key != columns.end()) table.key_ = static_cast<std::size_t>(key - columns.begin());
  table.columns_ = std::move(columns);
  return table;
}

std::vector<std::string> Table::creation() const {
  std::string columns;
  for (const Default& one : kDefaults)
    columns += (columns.empty() ? "" : ", ") + quoted_name(one.name) + " " + std::string(one.type);
  return {"CREATE TABLE IF NOT EXISTS " + name_ + " (" + columns + ")",
          "CREATE INDEX IF NOT EXISTS " + index_ + " ON " + name_ + " (timereported)"};
}

std::string Table::description() const {
  return "SELECT a.attname, format_type(a.atttypid, a.atttypmod), c.relpersistence, c.relhasrules FROM "
         "pg_catalog.pg_attribute a "
         "JOIN pg_catalog.pg_class c ON c.oid = a.attrelid WHERE a.attrelid = " +
         literal(name_) + "::regclass AND a.attnum > 0 AND NOT a.attisdropped";
}

std::string Table::copying() const {
  std::string names;
  for (const Column& column : columns_) names += (names.empty() ? "" : ", ") + quoted_name(column.name);
  return "COPY " + name_ + " (" + names + ") FROM STDIN";
}

Result<std::string> Table::insertion(const std::map<std::string, std::string>& types) const {
  std::string names;
  std::string values;
  std::string arrays;
  std::string aliases;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto type = types.find(columns_[i].name);
    if (type == types.end())
      return base::fail(Kind::config, "use table " + name_,
                        "it has no column " + base::quote(columns_[i].name) + "; see --columns and --create-table");
    const std::string comma = i == 0 ? "" : ", ";
    names += comma + quoted_name(columns_[i].name);
    values += comma + numbered("v", i) + "::" + type->second;
    arrays += comma + numbered("$", i + 1) + "::text[]";
    aliases += comma + numbered("v", i);
  }
  std::string statement = "INSERT INTO " + name_ + " (" + names + ") SELECT " + values + " FROM unnest(" + arrays +
                          ") AS r(" + aliases + ")";
  if (key_) statement += " ON CONFLICT (" + quoted_name(columns_[*key_].name) + ") DO NOTHING";
  return statement;
}

}  // namespace logsend::postgresql
