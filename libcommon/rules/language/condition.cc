#include "rules/language/condition.h"

#include <algorithm>

#include "rules/language/statement.h"

namespace rules::language {
namespace {

class Several final : public Condition {
 public:
  Several(std::vector<ConditionPtr> conditions, bool all) : conditions_(std::move(conditions)), all_(all) {}
  [[nodiscard]] bool holds(Run& run) const override {
    const auto holds = [&run](const ConditionPtr& condition) { return condition->holds(run); };
    return all_ ? std::ranges::all_of(conditions_, holds) : std::ranges::any_of(conditions_, holds);
  }

 private:
  std::vector<ConditionPtr> conditions_;
  bool all_;
};

class Opposite final : public Condition {
 public:
  explicit Opposite(ConditionPtr condition) : condition_(std::move(condition)) {}
  [[nodiscard]] bool holds(Run& run) const override { return !condition_->holds(run); }

 private:
  ConditionPtr condition_;
};

class Test final : public Condition {
 public:
  explicit Test(codec::NodePtr node) : node_(std::move(node)) {}
  [[nodiscard]] bool holds(Run& run) const override { return node_->matches(run.event); }

 private:
  codec::NodePtr node_;
};

class Called final : public Condition {
 public:
  explicit Called(Invocation invocation) : invocation_(std::move(invocation)) {}
  [[nodiscard]] bool holds(Run& run) const override { return invocation_.apply(run) == Outcome::applied; }

 private:
  Invocation invocation_;
};

class Comparing final : public Condition {
 public:
  Comparing(Expression left, codec::Comparison comparison, Expression right)
      : left_(std::move(left)), comparison_(comparison), right_(std::move(right)) {}
  [[nodiscard]] bool holds(Run& run) const override {
    return left_.any_text(run.event, [&](std::string_view left) {
      return right_.any_text(run.event,
                             [&](std::string_view right) { return codec::compares_texts(left, comparison_, right); });
    });
  }

 private:
  Expression left_;
  codec::Comparison comparison_;
  Expression right_;
};

class Membership final : public Condition {
 public:
  Membership(Expression value, std::vector<Expression> among) : value_(std::move(value)), among_(std::move(among)) {}
  [[nodiscard]] bool holds(Run& run) const override {
    return value_.any_text(run.event, [&](std::string_view value) {
      return std::ranges::any_of(among_, [&](const Expression& one) {
        return one.any_text(run.event, [&](std::string_view text) {
          return codec::compares_texts(value, codec::Comparison::equal, text);
        });
      });
    });
  }

 private:
  Expression value_;
  std::vector<Expression> among_;
};

}  // namespace

ConditionPtr all_of(std::vector<ConditionPtr> conditions) {
  return std::make_unique<Several>(std::move(conditions), true);
}

ConditionPtr any_of(std::vector<ConditionPtr> conditions) {
  return std::make_unique<Several>(std::move(conditions), false);
}

ConditionPtr opposite(ConditionPtr condition) {
  return std::make_unique<Opposite>(std::move(condition));
}

ConditionPtr test_of(codec::NodePtr node) {
  return std::make_unique<Test>(std::move(node));
}

ConditionPtr call_of(Invocation invocation) {
  return std::make_unique<Called>(std::move(invocation));
}

ConditionPtr comparison_of(Expression left, codec::Comparison comparison, Expression right) {
  if (comparison == codec::Comparison::not_equal)
    return opposite(comparison_of(std::move(left), codec::Comparison::equal, std::move(right)));
  return std::make_unique<Comparing>(std::move(left), comparison, std::move(right));
}

ConditionPtr membership_of(Expression value, std::vector<Expression> among) {
  return std::make_unique<Membership>(std::move(value), std::move(among));
}

}  // namespace rules::language
