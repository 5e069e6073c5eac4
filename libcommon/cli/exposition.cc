#include "cli/exposition.h"

#include <utility>

namespace cli {
namespace {

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\' || c == '"' || c == '\n') out += '\\';
    out += c == '\n' ? 'n' : c;
  }
}

}  // namespace

void Exposition::metric(std::string name, std::string_view type, std::string_view help) {
  metric_ = std::move(name);
  text_.append("# HELP ").append(metric_).append(" ").append(help);
  text_.append("\n# TYPE ").append(metric_).append(" ").append(type).append("\n");
}

void Exposition::append(std::initializer_list<Label> labels, std::string_view value, std::string_view suffix) {
  text_.append(metric_).append(suffix);
  char before = '{';
  for (const Label& label : labels) {
    text_.append(1, std::exchange(before, ',')).append(label.name).append("=\"");
    append_escaped(text_, label.value);
    text_ += '"';
  }
  text_.append(labels.size() == 0 ? " " : "} ").append(value).append("\n");
}

}  // namespace cli
