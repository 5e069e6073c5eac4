// The table that messages go to: its columns, what each is filled from, and the statements. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/field.h"

namespace logsend::postgresql {

// What a column is filled from.
enum class From : std::uint8_t {
  field,            // of the event
  key,              // @key: see RowEncoder
  received,         // @received: when logsend read the message
  structured_data,  // @structured_data: as JSON
  fields,           // @fields: what the event has beside the columns of its own, as JSON
  event,            // @event: all of it, as JSON
};

struct Column {
  std::string name;
  From from = From::field;
  codec::FieldPath field = {};
};

class Table {
 public:
  // The columns of pyloggr.
  static std::vector<Column> default_columns();
  // "NAME=FIELD" or "NAME=@key" and its kin.
  static base::Result<Column> parse_column(std::string_view text);

  // `name` may have a schema: "logs", "web.logs"; upper and lower case count. Kind::usage where it is none, or a column
  // stands twice.
  static base::Result<Table> create(const std::string& name, std::vector<Column> columns);

  [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }
  [[nodiscard]] const std::string& name() const { return name_; }  // in quotes, as SQL has it
  [[nodiscard]] bool has_key() const { return key_.has_value(); }

  // The table with the default columns and an index on the time; does nothing where there is one.
  [[nodiscard]] std::vector<std::string> creation() const;
  // Rows of name, type, "u" where the table is not logged, and "t" where rules rewrite what is asked of it.
  [[nodiscard]] std::string description() const;
  // Takes rows in text form, all or none: none where the table has the key of one of them.
  [[nodiscard]] std::string copying() const;
  // Takes one array of text for each column. `types`: by column. Kind::config names a column that the table lacks.
  [[nodiscard]] base::Result<std::string> insertion(const std::map<std::string, std::string>& types) const;

 private:
  Table() = default;

  std::string name_;
  std::string index_;
  std::vector<Column> columns_;
  std::optional<std::size_t> key_;
};

// An identifier, in quotes.
std::string quoted_name(std::string_view name);

}  // namespace logsend::postgresql
