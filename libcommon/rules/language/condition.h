// The conditions of rules, compiled. Tests of one field are those of --where (codec/where_node.h).
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "codec/where_node.h"
#include "rules/language/expression.h"
#include "rules/language/invocation.h"

namespace rules::language {

class Condition {
 public:
  Condition() = default;
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;
  virtual ~Condition() = default;
  // Functions change the event also here.
  [[nodiscard]] virtual bool holds(Run& run) const = 0;
};
using ConditionPtr = std::unique_ptr<const Condition>;

ConditionPtr all_of(std::vector<ConditionPtr> conditions);
ConditionPtr any_of(std::vector<ConditionPtr> conditions);
ConditionPtr opposite(ConditionPtr condition);
ConditionPtr test_of(codec::NodePtr node);
ConditionPtr call_of(Invocation invocation);
// Of two expressions: numbers where both are, else text, which has no order. What is empty is equal to nothing.
ConditionPtr comparison_of(Expression left, codec::Comparison comparison, Expression right);
// One of the texts of `value` is one of those of `among`.
ConditionPtr membership_of(Expression value, std::vector<Expression> among);

}  // namespace rules::language
