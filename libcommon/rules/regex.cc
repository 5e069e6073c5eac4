#include "rules/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

#include "rules/regex_form.h"
#include "rules/regex_literals.h"

namespace rules {
namespace {

// A subject of this size or less is matched under a limit of steps first. PCRE2 counts them anew from each byte where
// it starts, so the larger the subject is, the fewer are allowed; and a step may scan all of it.
constexpr std::size_t kSmall = 2048;
constexpr std::size_t kStepsOfAllStarts = 16'000'000;
constexpr std::size_t kMostSteps = 200'000;
// In larger subjects, and where that limit is reached, what is scanned is counted in bytes, by a callout before each
// item of the expression. That is exact, and slower.
constexpr std::int64_t kWork = 10'000'000;
constexpr std::int64_t kWorkPerByte = 90;
constexpr std::int64_t kCalloutWork = 16;
constexpr std::uint32_t kMeteredSteps = 10'000'000;
constexpr std::uint32_t kDepth = 100'000;
constexpr std::uint32_t kHeapKiB = 32 * 1024;
constexpr std::size_t kFirstStack = 32 * 1024;
constexpr std::size_t kLargestStack = 8 * 1024 * 1024;

struct Free {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
  void operator()(pcre2_jit_stack* stack) const { pcre2_jit_stack_free(stack); }
};
using CodePointer = std::unique_ptr<pcre2_code, Free>;

struct Meter {
  std::int64_t left = 0;
  std::size_t at = 0;
};

int count_work(pcre2_callout_block* block, void* data) noexcept {
  auto& meter = *static_cast<Meter*>(data);
  const std::size_t at = block->current_position;
  meter.left -= kCalloutWork + std::abs(static_cast<std::int64_t>(at) - static_cast<std::int64_t>(meter.at));
  meter.at = at;
  return meter.left < 0 ? PCRE2_ERROR_CALLOUT : 0;
}

std::string reason_of(int error) {
  PCRE2_UCHAR text[256];
  pcre2_get_error_message(error, text, sizeof text);
  return reinterpret_cast<const char*>(text);
}

PCRE2_SPTR bytes_of(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.empty() ? "" : text.data());
}

base::Result<CodePointer> compile_code(std::string_view expression, std::uint32_t options) {
  int error = 0;
  PCRE2_SIZE at = 0;
  CodePointer code(pcre2_compile(bytes_of(expression), expression.size(), options, &error, &at, nullptr));
  if (code) return code;
  return base::fail(base::Kind::usage, "compile regular expression",
                    "column " + std::to_string(at + 1) + ": " + reason_of(error));
}

}  // namespace

struct MatchSpace::State {
  std::unique_ptr<pcre2_match_context, Free> context{pcre2_match_context_create(nullptr)};
  std::unique_ptr<pcre2_jit_stack, Free> stack{pcre2_jit_stack_create(kFirstStack, kLargestStack, nullptr)};
  std::unique_ptr<pcre2_match_data, Free> data;
  std::uint32_t pairs = 0;  // in data
  std::uint32_t set = 0;    // by the last match
  Meter meter;

  State() {
    pcre2_set_depth_limit(context.get(), kDepth);
    pcre2_set_heap_limit(context.get(), kHeapKiB);
    pcre2_set_callout(context.get(), count_work, &meter);
    pcre2_jit_stack_assign(context.get(), nullptr, stack.get());
  }

  void make_room(std::uint32_t wanted) {
    if (wanted <= pairs) return;
    data.reset(pcre2_match_data_create(wanted, nullptr));
    pairs = wanted;
  }
};

MatchSpace::MatchSpace() : state_(std::make_unique<State>()) {}
MatchSpace::MatchSpace(MatchSpace&&) noexcept = default;
MatchSpace& MatchSpace::operator=(MatchSpace&&) noexcept = default;
MatchSpace::~MatchSpace() = default;

struct Regex::Code {
  std::string expression;
  std::uint32_t options = 0;
  bool trusted = false;  // may run as machine code
  CodePointer plain;
  bool fast = false;  // plain is machine code
  std::uint32_t pairs = 1;
  std::vector<std::string> required;  // one of them is in every match; none: not known

  [[nodiscard]] bool can_match(std::string_view subject) const {
    const auto is_there = [&](const std::string& literal) {
      if (subject.size() < literal.size()) return false;  // memmem takes no null, which an empty one may be
      return ::memmem(subject.data(), subject.size(), literal.data(), literal.size()) != nullptr;
    };
    return required.empty() || std::ranges::any_of(required, is_there);
  }

  int match_fast(std::string_view subject, MatchSpace::State& state) const {
    const std::size_t steps = std::min(kMostSteps, kStepsOfAllStarts / (subject.size() + 1));
    pcre2_set_match_limit(state.context.get(), static_cast<std::uint32_t>(steps));
    if (fast)
      return pcre2_jit_match(plain.get(), bytes_of(subject), subject.size(), 0, 0, state.data.get(),
                             state.context.get());
    return pcre2_match(plain.get(), bytes_of(subject), subject.size(), 0, PCRE2_NO_JIT, state.data.get(),
                       state.context.get());
  }

  int match_metered(std::string_view subject, MatchSpace::State& state) {
    const pcre2_code* code = metered();
    if (code == nullptr) return PCRE2_ERROR_NOMEMORY;
    state.meter = {kWork + kWorkPerByte * static_cast<std::int64_t>(subject.size()), 0};
    pcre2_set_match_limit(state.context.get(), kMeteredSteps);
    return pcre2_match(code, bytes_of(subject), subject.size(), 0, trusted ? 0 : PCRE2_NO_JIT, state.data.get(),
                       state.context.get());
  }

 private:
  // With callouts; made when it is first needed. Null: it cannot be made.
  const pcre2_code* metered() {
    std::call_once(once_, [this] {
      auto code = compile_code(expression, options | PCRE2_AUTO_CALLOUT);
      if (!code) return;
      metered_ = std::move(*code);
      if (trusted) pcre2_jit_compile(metered_.get(), PCRE2_JIT_COMPLETE);
    });
    return metered_.get();
  }

  std::once_flag once_;
  CodePointer metered_;
};

Regex::Regex(std::unique_ptr<Code> code) : code_(std::move(code)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

base::Result<Regex> Regex::compile(std::string_view expression, Case letters, Groups capturing) {
  auto code = std::make_unique<Code>();
  code->expression = expression;
  code->options = PCRE2_NEVER_UTF | PCRE2_DUPNAMES | (letters == Case::any ? PCRE2_CASELESS : 0) |
                  (capturing == Groups::named ? PCRE2_NO_AUTO_CAPTURE : 0);
  code->plain = TRY(compile_code(expression, code->options));
  code->trusted = !has_empty_alternative(expression);
  if (code->trusted) pcre2_jit_compile(code->plain.get(), PCRE2_JIT_COMPLETE);
  std::size_t size = 0;  // none where there may be no machine code: the system forbids it, or "(*NO_JIT)" does
  pcre2_pattern_info(code->plain.get(), PCRE2_INFO_JITSIZE, &size);
  code->fast = size > 0;
  std::uint32_t count = 0;
  pcre2_pattern_info(code->plain.get(), PCRE2_INFO_CAPTURECOUNT, &count);
  code->pairs = count + 1;
  if (letters == Case::exact) code->required = required_literals(expression);
  Regex regex(std::move(code));
  regex.read_groups();
  return regex;
}

void Regex::read_groups() {
  std::uint32_t count = 0;
  std::uint32_t size = 0;
  PCRE2_SPTR entry = nullptr;
  pcre2_pattern_info(code_->plain.get(), PCRE2_INFO_NAMECOUNT, &count);
  pcre2_pattern_info(code_->plain.get(), PCRE2_INFO_NAMEENTRYSIZE, &size);
  pcre2_pattern_info(code_->plain.get(), PCRE2_INFO_NAMETABLE, &entry);
  for (; count > 0; --count, entry += size)
    groups_.push_back({reinterpret_cast<const char*>(entry + 2), entry[0] * 256U + entry[1]});
  std::ranges::sort(groups_, {}, &Group::number);
}

Regex::Outcome Regex::match(std::string_view subject, MatchSpace& space) const {
  if (!code_->can_match(subject)) return Outcome::none;
  MatchSpace::State& state = *space.state_;
  state.make_room(code_->pairs);
  int result = subject.size() <= kSmall ? code_->match_fast(subject, state) : PCRE2_ERROR_MATCHLIMIT;
  if (result < PCRE2_ERROR_NOMATCH) result = code_->match_metered(subject, state);
  if (result == PCRE2_ERROR_NOMATCH) return Outcome::none;
  if (result < 0) return Outcome::limit;
  state.set = static_cast<std::uint32_t>(result);
  return Outcome::matched;
}

std::string_view Regex::group(std::string_view subject, const MatchSpace& space, unsigned number) {
  const MatchSpace::State& state = *space.state_;
  if (number >= state.set) return {};
  const PCRE2_SIZE* const pair = pcre2_get_ovector_pointer(state.data.get()) + std::size_t{2} * number;
  if (pair[0] == PCRE2_UNSET || pair[0] >= pair[1] || pair[1] > subject.size()) return {};
  return subject.substr(pair[0], pair[1] - pair[0]);
}

bool Regex::interpreted() const {
  return !code_->fast;
}

}  // namespace rules
