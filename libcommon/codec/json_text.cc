#include "codec/json_text.h"

#include <nlohmann/json.hpp>

namespace codec {

bool is_json(std::string_view text) {
  return nlohmann::json::accept(text);
}

std::string json_string_value(std::string_view quoted) {
  std::string space;
  return std::string(json_string_text(quoted, space));
}

}  // namespace codec
