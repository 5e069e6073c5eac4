#include "tools/logsend/postgresql/row_encoder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "codec/base64.h"
#include "codec/json_string.h"
#include "codec/json_walk.h"
#include "codec/render.h"
#include "rules/digest.h"
#include "rules/event_identity.h"
#include "stream/origin.h"

namespace logsend::postgresql {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::uint32_t kTextType = 25;                    // pg_type.dat
constexpr std::uint32_t kNull = 0xFFFFFFFF;                // as a size

constexpr std::array<std::string_view, 9> kOwnColumns{"timestamp", "hostname", "appname",         "procid", "msgid",
                                                      "facility",  "severity", "structured_data", "message"};

void append_number(std::string& out, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
}

void append_null(std::string& out) {
  append_number(out, kNull);
}

void append_value(std::string& out, std::string_view value) {
  append_number(out, static_cast<std::uint32_t>(value.size()));
  out += value;
}

std::uint32_t read_number(std::string_view bytes) {
  std::uint32_t number = 0;
  for (const char byte : bytes.substr(0, 4)) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// PostgreSQL, COPY, "Text Format".
void append_escaped(std::string& out, std::string_view value) {
  std::size_t written = 0;
  for (std::size_t at = 0; at < value.size(); ++at) {
    const char byte = value[at];
    if (byte != '\\' && byte != '\n' && byte != '\r' && byte != '\t') continue;
    out += value.substr(written, at - written);
    out += '\\';
    out += byte == '\n' ? 'n' : byte == '\r' ? 'r' : byte == '\t' ? 't' : byte;
    written = at + 1;
  }
  out += value.substr(written);
}

// A text of PostgreSQL is UTF-8 without NUL.
void append_text(std::string& out, std::string_view bytes) {
  const std::size_t size_at = out.size();
  append_number(out, 0);
  const std::size_t begin = out.size();
  codec::append_utf8(out, bytes);
  for (std::size_t at = out.find('\0', begin); at != out.npos; at = out.find('\0', at))
    out.replace(at, 1, kReplacement);
  std::string size;
  append_number(size, static_cast<std::uint32_t>(out.size() - begin));
  out.replace(size_at, size.size(), size);
}

// jsonb takes no NUL either.
void replace_nuls(std::string& json) {
  constexpr std::string_view kNul = "\\u0000";
  for (std::size_t at = json.find('\\'); at != json.npos; at = json.find('\\', at + 2))
    if (std::string_view(json).substr(at).starts_with(kNul)) json.replace(at, kNul.size(), "\\ufffd");
}

// A name in quotes as append_json() writes its own.
bool is_own_column(std::string_view quoted) {
  return std::ranges::find(kOwnColumns, quoted.substr(1, quoted.size() - 2)) != kOwnColumns.end();
}

// The first 48 bits count up with the ids, so that rows that come together stand together in the index.
std::string uuid_of(std::uint64_t number, const rules::Sha256& digest) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<unsigned char, 16> bytes{};
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<unsigned char>(number >> (40 - 8 * i));
  for (std::size_t i = 6; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(digest[i]);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x80);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    (text += kHex[bytes[i] >> 4]) += kHex[bytes[i] & 15];
  }
  return text;
}

bool needs_json(const Table& table) {
  return std::ranges::any_of(table.columns(), [](const Column& column) {
    return column.from == From::structured_data || column.from == From::fields || column.from == From::event;
  });
}

}  // namespace

base::Result<RowEncoder> RowEncoder::create(EventOptions options, const Table& table, Key key,
                                            const std::string& origin, std::uint64_t nonce) {
  RowEncoder encoder(table);
  encoder.key_ = key;
  encoder.formats_ = options.processor.format.has_value();
  encoder.needs_json_ = needs_json(table);
  encoder.has_origin_ = !origin.empty();
  encoder.stream_ =
      origin.empty() ? "process " + std::to_string(nonce) : "origin " + std::string(stream::lasting_origin(origin));
  auto completion = TRY(rules::Completion::create(options.defaults));
  encoder.processor_ =
      std::make_unique<rules::Processor>(std::move(options.processor), std::string(), std::move(completion));
  return encoder;
}

void RowEncoder::append(Outbox& outbox, const stream::Batch& batch, const base::Report& report) {
  processor_->set_clock();
  received_ = base::format_time(base::wall_now());
  batch.for_each([&](std::size_t index, std::string_view message) {
    const std::string_view id = index < batch.id_ends().size() ? batch.id(index) : std::string_view();
    codec::Event event;
    if (!take_event(*processor_, message, event, report)) return outbox.leave_out();
    Load& load = outbox.collect({});
    append_row(load.parts.bytes, id, message, event);
    outbox.add(load, 0, message);
  });
}

void RowEncoder::append_row(std::string& out, std::string_view id, std::string_view message,
                            const codec::Event& event) {
  if (needs_json_) render(event);
  const auto append_json = [&out](const std::string& json) {
    json.empty() ? append_null(out) : append_value(out, json);
  };
  for (const Column& column : table_->columns()) {
    switch (column.from) {
      case From::field:
        append_field(out, column.field, event);
        break;
      case From::key:
        append_value(out, key_of(id, message, event));
        break;
      case From::received:
        append_value(out, received_);
        break;
      case From::structured_data:
        append_json(structured_data_);
        break;
      case From::fields:
        append_json(fields_);
        break;
      case From::event:
        append_json(json_);
        break;
    }
  }
}

void RowEncoder::append_field(std::string& out, const codec::FieldPath& field, const codec::Event& event) {
  if (field.field == codec::Field::message && formats_) {
    text_.clear();
    processor_->append(text_, event);
    return append_text(out, text_);
  }
  const std::string_view text = codec::field_text(event, field, space_);
  if (text.empty() && field.field != codec::Field::message) return append_null(out);
  append_text(out, text);
}

// The members of the event's JSON that have no column of their own are its fields.
void RowEncoder::render(const codec::Event& event) {
  json_.clear();
  structured_data_.clear();
  fields_.clear();
  codec::append_json(json_, event);
  replace_nuls(json_);
  codec::JsonWalker walker(json_);
  walker.enter();
  while (walker.at_member()) {
    const std::string_view name = walker.take_value();
    const std::string_view value = walker.take_value();
    if (name == "\"structured_data\"") structured_data_ = value;
    if (event.body != codec::Body::whole && is_own_column(name)) continue;
    fields_.append(fields_.empty() ? "{" : ",").append(name).append(":").append(value);
  }
  if (event.message.find('\0') != event.message.npos && event.members_base64.empty()) {
    fields_.append(fields_.empty() ? "{" : ",").append("\"base64\":{\"message\":\"");
    codec::append_base64(fields_, event.message);
    fields_ += "\"}";
  }
  if (!fields_.empty()) fields_ += '}';
}

// The pieces of a split message have no ids of their own, and may be equal.
std::string RowEncoder::key_of(std::string_view id, std::string_view message, const codec::Event& event) {
  if (key_ == Key::content) {
    const rules::Sha256 digest = rules::content_digest(event);
    std::uint64_t first = 0;
    for (std::size_t i = 0; i < 6; ++i) first = first << 8 | static_cast<unsigned char>(digest[10 + i]);
    return uuid_of(first, digest);
  }
  std::uint64_t number = 0;
  if (has_origin_ && !id.empty()) {
    last_id_ = id;
    pieces_ = 0;
    std::from_chars(id.data(), id.data() + id.size(), number);
  } else {
    number = ++pieces_;
  }
  std::string content = stream_;
  content.append(" id ").append(last_id_).append(" piece ").append(std::to_string(pieces_));
  content.append("\n").append(message);
  return uuid_of(number, rules::sha256_of(content));
}

void RowEncoder::make_copy(std::string& copy, const Load& load, std::size_t columns) {
  copy.clear();
  for (std::size_t row = 0; row < load.count(); ++row) {
    std::string_view part = load.parts[row];
    for (std::size_t column = 0; column < columns; ++column) {
      if (column > 0) copy += '\t';
      const std::uint32_t size = read_number(part);
      part.remove_prefix(4);
      if (size == kNull) {
        copy += "\\N";
        continue;
      }
      append_escaped(copy, part.substr(0, size));
      part.remove_prefix(size);
    }
    copy += '\n';
  }
}

void RowEncoder::make_arrays(std::vector<std::string>& arrays, const Load& load) {
  for (std::string& array : arrays) {
    array.clear();
    append_number(array, 1);  // dimension
    append_number(array, 1);  // there may be a null
    append_number(array, kTextType);
    append_number(array, static_cast<std::uint32_t>(load.count()));
    append_number(array, 1);  // the first index
  }
  for (std::size_t row = 0; row < load.count(); ++row) {
    std::string_view part = load.parts[row];
    for (std::string& array : arrays) {
      const std::uint32_t size = read_number(part);
      const std::size_t bytes = 4 + (size == kNull ? 0 : size);
      array += part.substr(0, bytes);
      part.remove_prefix(bytes);
    }
  }
}

}  // namespace logsend::postgresql
