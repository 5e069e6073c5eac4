#include "rules/useragent_function.h"

#include <utility>

#include "rules/arguments.h"
#include "rules/tags.h"

namespace rules {
namespace {

constexpr std::size_t kLongestName = 1024;     // of what is looked at, and remembered
constexpr std::size_t kMostRemembered = 2000;  // in each half of the cache
constexpr std::array<std::string_view, 4> kBrowserFields = {"browser", "browser_version", "browser_os",
                                                            "browser_os_version"};

}  // namespace

UseragentFunction::UseragentFunction(std::shared_ptr<const UserAgents> agents, const std::string& prefix)
    : agents_(std::move(agents)) {
  for (std::size_t i = 0; i < kBrowserFields.size(); ++i)
    keys_[i] = codec::open_field_key(prefix + std::string(kBrowserFields[i]));
}

base::Result<std::unique_ptr<Function>> UseragentFunction::create(const Arguments& arguments,
                                                                  const Resources& resources) {
  TRY(check_arguments(arguments, "useragent", 0, 0, {"prefix"}));
  const std::string prefix = TRY(prefix_of(arguments, "useragent"));
  auto agents = TRY(UserAgents::read(resources.useragent_regexes));
  return std::unique_ptr<Function>(new UseragentFunction(std::move(agents), prefix));
}

UseragentFunction::Known UseragentFunction::find(const std::string& text) const {
  const std::lock_guard lock(mutex_);
  if (const auto known = recent_.find(text); known != recent_.end()) return known->second;
  const auto known = earlier_.find(text);
  return known != earlier_.end() ? known->second : nullptr;
}

void UseragentFunction::remember(std::string text, Known agent) const {
  const std::lock_guard lock(mutex_);
  if (recent_.size() >= kMostRemembered) earlier_ = std::exchange(recent_, {});
  recent_.insert_or_assign(std::move(text), std::move(agent));
}

UseragentFunction::Known UseragentFunction::identify(std::string_view text, Workspace& workspace) const {
  std::string key(text.substr(0, kLongestName));
  if (Known known = find(key)) return known;
  auto agent = std::make_shared<const UserAgent>(agents_->identify(key, workspace.match));
  remember(std::move(key), agent);
  return agent;
}

Outcome UseragentFunction::apply(codec::Event& event, std::string_view subject, Workspace& workspace) const {
  const Known agent = identify(subject, workspace);
  if (agent->browser.empty() && agent->os.empty() && !agent->bot) return Outcome::not_applied;
  codec::OpenFieldBatch& fields = workspace.fields;
  const std::array<std::string_view, 4> texts = {agent->browser, agent->browser_version, agent->os, agent->os_version};
  for (std::size_t i = 0; i < texts.size(); ++i)
    if (!texts[i].empty()) fields.add_text(keys_[i], texts[i]);
  fields.apply(event, codec::OpenFieldBatch::Names::distinct);
  if (agent->bot) add_tag(event, "bot");
  return Outcome::applied;
}

}  // namespace rules
