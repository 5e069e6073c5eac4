// RFC 5424 STRUCTURED-DATA (section 6.3): reading it piece by piece, escaping and unescaping values.
//
// More is taken than the RFC allows where it is unambiguous: names of any length and of any bytes but space, controls,
// '=', ']' and '"'; several spaces between parameters and before ']'; an unescaped ']' inside quotes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace codec {

class StructuredDataReader {
 public:
  enum class Token { element, param, end, malformed };

  explicit StructuredDataReader(std::string_view text) : text_(text) {}

  // Elements in order, each followed by its parameters. `end`: something else than '[' follows the last element.
  Token next();

  [[nodiscard]] std::string_view id() const { return id_; }        // of the current element
  [[nodiscard]] std::string_view name() const { return name_; }    // of the current parameter
  [[nodiscard]] std::string_view value() const { return value_; }  // still escaped
  [[nodiscard]] std::size_t position() const { return at_; }       // bytes read

 private:
  std::string_view take_name();
  bool take_value();

  std::string_view text_;
  std::size_t at_ = 0;
  bool inside_ = false;
  std::string_view id_;
  std::string_view name_;
  std::string_view value_;
};

// Whether it can be an id or a parameter's name.
bool is_structured_data_name(std::string_view text);

// How many bytes at the start of `text` are well-formed elements, one at least; 0: none.
std::size_t structured_data_length(std::string_view text);

// Whether all of it is.
bool is_structured_data(std::string_view text);

// The value, still escaped, of the first parameter of this name in an element of this id; empty: there is none.
std::string_view find_param(std::string_view text, std::string_view id, std::string_view name);

// `text`, which is well-formed or empty, with `value` (not escaped) as the one parameter of this name in elements of
// this id: in the first such element, or in a new one. The empty value takes the parameter away, but leaves the
// element.
std::string with_param(std::string_view text, std::string_view id, std::string_view name, std::string_view value);

// \" \\ and \] stand for the second byte; any other backslash for itself.
void append_unescaped(std::string& out, std::string_view value);
void append_escaped(std::string& out, std::string_view value);

}  // namespace codec
