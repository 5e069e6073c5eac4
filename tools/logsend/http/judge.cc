#include <algorithm>

#include "base/quote.h"
#include "tools/logsend/http/api.h"

namespace logsend::http {
namespace {

std::string reason_of(const Answer& answer) {
  std::string text = std::to_string(answer.status);
  if (!answer.reason.empty()) text.append(" ").append(answer.reason);
  if (!answer.body.empty()) text += " (" + base::quote(answer.body, kShownOfBody) + ")";
  return text;
}

Verdict::Kind kind_of(int status) {
  using enum Verdict::Kind;
  if (status >= 200 && status < 300) return taken;
  if (status == 408 || status == 429 || status >= 500) return again;
  if (status == 413) return too_large;
  return status == 400 || status == 422 ? refused : closed;
}

}  // namespace

std::string_view Answer::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &Header::name);
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

Verdict judge_status(const Answer& answer) {
  Verdict verdict{.kind = kind_of(answer.status)};
  if (verdict.kind != Verdict::Kind::taken) verdict.reason = reason_of(answer);
  return verdict;
}

Request Api::ask(std::span<const std::string> /*tokens*/, std::string& /*space*/) const {
  return {};
}

std::vector<std::size_t> Api::confirmed(std::span<const std::string> /*tokens*/, const Answer& /*answer*/) const {
  return {};
}

}  // namespace logsend::http
