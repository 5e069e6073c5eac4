// useragent(TEXT, prefix="..."): the fields browser, browser_version, browser_os and browser_os_version, as far as the
// User-Agent tells them, and the tag `bot` for a crawler.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "rules/function.h"
#include "rules/user_agents.h"

namespace rules {

class UseragentFunction final : public Function {
 public:
  // Fails where Resources::useragent_regexes cannot be read.
  static base::Result<std::unique_ptr<Function>> create(const Arguments& arguments, const Resources& resources);

  // Not applied: nothing is known of it.
  Outcome apply(codec::Event& event, std::string_view subject, Workspace& workspace) const override;

 private:
  using Known = std::shared_ptr<const UserAgent>;
  using Cache = std::unordered_map<std::string, Known>;

  UseragentFunction(std::shared_ptr<const UserAgents> agents, const std::string& prefix);
  Known identify(std::string_view text, Workspace& workspace) const;
  Known find(const std::string& text) const;
  void remember(std::string text, Known agent) const;

  std::shared_ptr<const UserAgents> agents_;
  std::array<std::string, 4> keys_;  // of the fields

  // Those that were asked for last, and those before them.
  mutable std::mutex mutex_;
  mutable Cache recent_;
  mutable Cache earlier_;
};

}  // namespace rules
