#include "tools/logsend/http/bulk_answer.h"

#include <charconv>

#include "codec/json_visit.h"
#include "codec/json_walk.h"

namespace logsend::http {
namespace {

// {"type":"t","reason":"r"}, or a text.
std::string error_text(std::string_view error) {
  if (auto text = codec::json_string(error)) return std::move(*text);
  std::string type;
  std::string reason;
  codec::each_member(error, [&](std::string_view name, std::string_view value) {
    if (name == "type") type = codec::json_string(value).value_or("");
    if (name == "reason") reason = codec::json_string(value).value_or("");
    return true;
  });
  return type + (type.empty() || reason.empty() ? "" : ": ") + reason;
}

// {"create":{"_id":"1","status":400,"error":{"type":"t","reason":"r"}}}
std::optional<BulkItem> read_item(std::string_view item) {
  BulkItem read;
  bool is_create = false;
  codec::each_member(item, [&](std::string_view verb, std::string_view result) {
    is_create = verb == "create";
    return codec::each_member(result, [&](std::string_view name, std::string_view value) {
      if (name == "status") std::from_chars(value.data(), value.data() + value.size(), read.status);
      if (name == "error") read.reason = error_text(value);
      return true;
    });
  });
  if (read.status < 100 || read.status > 599) return std::nullopt;
  if (is_create && read.status == 409) return BulkItem{200, {}};
  return read;
}

}  // namespace

std::optional<std::vector<BulkItem>> read_bulk_answer(std::string_view body, std::size_t documents) {
  body = codec::json_trimmed(body);
  if (!body.starts_with('{') || !codec::is_json(body)) return std::nullopt;
  bool no_errors = false;
  std::string_view list;
  codec::each_member(body, [&](std::string_view name, std::string_view value) {
    if (name == "errors") no_errors = value == "false";
    if (name == "items") list = value;
    return true;
  });
  if (no_errors) return std::vector<BulkItem>(documents, BulkItem{200, {}});
  std::vector<BulkItem> items;
  const bool good = codec::each_element(list, [&items](std::string_view value) {
    auto item = read_item(value);
    if (item) items.push_back(std::move(*item));
    return item.has_value();
  });
  if (!good || items.size() != documents) return std::nullopt;
  return items;
}

}  // namespace logsend::http
