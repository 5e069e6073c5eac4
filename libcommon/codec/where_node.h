// A compiled expression: a tree of tests. Made by where.cc's parser, private to it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/event.h"
#include "codec/field.h"
#include "codec/where.h"

namespace codec {

class Where::Node {
 public:
  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;
  [[nodiscard]] virtual bool matches(const Event& event) const = 0;
};

using NodePtr = std::unique_ptr<const Where::Node>;

enum class Comparison { equal, not_equal, less, less_or_equal, greater, greater_or_equal };

// Whether it is a number as JSON writes them.
bool is_number(std::string_view text);

NodePtr all_of(std::vector<NodePtr> nodes);
NodePtr any_of(std::vector<NodePtr> nodes);
NodePtr opposite(NodePtr node);
NodePtr has_field(FieldPath field);
// An order has only severity, and open fields among numbers.
bool has_order(Field field);
// Facility and severity by name or number, open fields by number where both sides are one, others by their text. Fails
// where the field has no such order, or `text` is no value for it.
base::Result<NodePtr> compare_field(FieldPath field, Comparison comparison, std::string text);
// Two texts as open fields are compared. The empty text equals nothing.
bool compares_texts(std::string_view left, Comparison comparison, std::string_view right);
// Fails with RE2's words.
base::Result<NodePtr> finds_pattern(FieldPath field, const std::string& pattern);

}  // namespace codec
