// The statements of rules, compiled.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/event.h"
#include "codec/field.h"
#include "rules/language/expression.h"
#include "rules/language/invocation.h"
#include "rules/packer.h"
#include "stream/batch.h"

namespace rules::language {

class Condition;
class Failures;

// What is next for the event.
enum class Flow { next, stop, drop };

// Where a statement stands, "web.rules:3", and how it is written; for people.
struct Origin {
  std::string place{};
  std::string text{};
};

// Who wants to know what each statement does.
class Watcher {
 public:
  virtual ~Watcher() = default;
  // `outcome`: what a condition was, or why the statement failed; empty: nothing to say.
  virtual void ran(const Origin& statement, std::string_view outcome, const codec::Event& event) = 0;
};

// One event on its way through the rules.
struct Run {
  codec::Event& event;
  Failures& failures;
  std::string& space;          // for texts, kept from event to event
  Workspace& workspace;        // of functions
  Watcher* watcher = nullptr;  // null: nobody watches
  Joining joining = {};
  stream::Route route = 0;  // see stream/batch.h
  bool forged = false;      // its HMAC is not its own
};

class Statement {
 public:
  Statement() = default;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  virtual ~Statement() = default;

  virtual Flow run(Run& run) = 0;

  void set_origin(Origin origin) { origin_ = std::move(origin); }
  [[nodiscard]] const Origin& origin() const { return origin_; }

 private:
  friend class Failures;
  Origin origin_;
  bool failed_ = false;  // once at least
};
using StatementPtr = std::unique_ptr<Statement>;

// Statements that could not do their work. No event is lost by that: it goes on, with a tag.
class Failures {
 public:
  void add(Statement& statement, Run& run, std::string_view tag, std::string_view why);
  // An event that somebody has changed on its way: reported each time.
  void add_forged(Run& run);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  // Since the last call: one line for each statement that has failed for the first time, and for each forged event.
  std::vector<std::string> take_news() { return std::exchange(news_, {}); }
  [[nodiscard]] bool has_news() const { return !news_.empty(); }

 private:
  std::uint64_t count_ = 0;
  std::vector<std::string> news_;
};

class Block {
 public:
  void add(StatementPtr statement) { statements_.push_back(std::move(statement)); }
  Flow run(Run& run);
  [[nodiscard]] bool empty() const { return statements_.empty(); }

 private:
  std::vector<StatementPtr> statements_;
};

// [field] := value.
class Assign final : public Statement {
 public:
  Assign(codec::FieldPath field, Expression value) : field_(std::move(field)), value_(std::move(value)) {}
  Flow run(Run& run) override;

 private:
  base::Result<void> assign(Run& run);

  codec::FieldPath field_;
  Expression value_;
};

// [field] += value, [field] -= value; the field is open.
class ChangeList final : public Statement {
 public:
  ChangeList(std::string field, Expression value, bool adds)
      : field_(std::move(field)), value_(std::move(value)), adds_(adds) {}
  Flow run(Run& run) override;

 private:
  std::string field_;
  Expression value_;
  bool adds_;
};

// if condition { ... } else if condition { ... } else { ... }.
class If final : public Statement {
 public:
  struct Branch {
    Origin origin;
    std::unique_ptr<const Condition> condition;  // null: else
    Block block;
  };
  explicit If(std::vector<Branch> branches);
  ~If() override;
  Flow run(Run& run) override;

 private:
  std::vector<Branch> branches_;
};

// NAME(...).
class Call final : public Statement {
 public:
  explicit Call(Invocation invocation) : tag_(invocation.name() + "_failed"), invocation_(std::move(invocation)) {}
  Flow run(Run& run) override;

 private:
  std::string tag_;
  Invocation invocation_;
};

// merge_by_time(...), merge_by_format(...). The rules go on; the event joins the first packer whose statement runs.
class Pack final : public Statement {
 public:
  explicit Pack(std::shared_ptr<const Packer> packer) : packer_(std::move(packer)) {}
  Flow run(Run& run) override;

 private:
  std::shared_ptr<const Packer> packer_;
};

// router("NAME", ...). The rules go on; the event goes to all sinks that are named by all that run.
class RouteTo final : public Statement {
 public:
  explicit RouteTo(stream::Route route) : route_(route) {}
  Flow run(Run& run) override;

 private:
  stream::Route route_;
};

// drop, stop.
class Leave final : public Statement {
 public:
  explicit Leave(Flow flow) : flow_(flow) {}
  Flow run(Run& run) override;

 private:
  Flow flow_;
};

}  // namespace rules::language
