// merge_by_time() and merge_by_format(): which events become one. A packer says so of each event; what is open is kept
// by Packing, and made one event by Group.
//
//   merge_by_time(merge_event_window="250ms", queue_max_age="5s")
//   merge_by_format("START", ..., queue_max_age="5s")
//
// Bare numbers are milliseconds. START is a pattern as in grok(), whose captures set fields.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"
#include "rules/function.h"
#include "stream/batch.h"

namespace rules {

class Packer;

// What an event is to the packer whose statement ran for it first.
struct Joining {
  const Packer* packer = nullptr;  // null: it goes on by itself. Lives as long as the rules, or a group of its
  bool starts = false;             // of merge_by_format: it begins a group
  std::string_view sender{};       // stands for the hostname of an event that names none
  stream::Route route = 0;         // to which sinks it goes
};

class Packer : public std::enable_shared_from_this<Packer> {
 public:
  // Creates what the calls of a packer need, by the name of the function.
  using Create = std::function<base::Result<std::unique_ptr<Function>>(std::string_view, const Arguments&)>;

  // Null: no packer has this name. `create` of what is returned is null.
  static const FunctionKind* named(std::string_view name);
  static std::span<const FunctionKind> kinds();

  // Kind::usage for arguments that are wrong. `signs`: hmac() can be used.
  static base::Result<std::shared_ptr<const Packer>> compile(const FunctionKind& kind, const Arguments& arguments,
                                                             const Create& create, bool signs);

  // An event that starts a group is tagged "formatted".
  [[nodiscard]] Joining join(codec::Event& event, Workspace& workspace) const;

  [[nodiscard]] bool by_time() const { return start_ == nullptr; }
  [[nodiscard]] base::Duration window() const { return window_; }    // of merge_by_time
  [[nodiscard]] base::Duration max_age() const { return max_age_; }  // of a group

  // Events with the same key are merged: they have the same host and application; merge_by_time: and facility.
  void append_key(std::string& key, const codec::Event& event, std::string_view sender) const;

  // Makes uuid and hmac anew, where the event has them.
  void identify(codec::Event& event, Workspace& workspace) const;

 private:
  Packer() = default;

  std::unique_ptr<Function> start_;
  std::unique_ptr<Function> uuid_;
  std::unique_ptr<Function> hmac_;  // null: there is no key
  base::Duration window_ = std::chrono::milliseconds(250);
  base::Duration max_age_ = std::chrono::seconds(5);
};

}  // namespace rules
