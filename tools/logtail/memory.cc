#include "tools/logtail/memory.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/units.h"

namespace logtail {
namespace {

// Names may hold any byte but NUL: what would end a record is written as %0A, and % as %25.
std::string escaped(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c == '\n')
      text += "%0A";
    else if (c == '%')
      text += "%25";
    else
      text += c;
  }
  return text;
}

std::string unescaped(std::string_view text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view code = text.substr(i, 3);
    if (code == "%0A" || code == "%25") {
      name += code == "%0A" ? '\n' : '%';
      i += 2;
    } else {
      name += text[i];
    }
  }
  return name;
}

std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

// Takes a number and the space behind it off the front; false where there is none.
bool take_number(std::string_view& text, std::uint64_t& number) {
  const auto parsed = base::parse_number(take_word(text));
  if (parsed) number = *parsed;
  return parsed.has_value();
}

bool take_flag(char flag, bool& value) {
  value = flag == '+';
  return flag == '+' || flag == '-';
}

bool take_name(std::string_view fields, Place& place) {
  place.identity = take_word(fields);
  place.name = unescaped(fields);
  return !place.identity.empty() && !place.name.empty();
}

std::string number(std::uint64_t value) {
  return std::to_string(value) + " ";
}

char flag(bool value) {
  return value ? '+' : '-';
}

std::string name_of(const Place& place) {
  return " " + place.identity + " " + escaped(place.name) + "\n";
}

}  // namespace

std::string text_of(const Place& place) {
  return "at " + number(place.log) + number(place.at) + flag(place.passing) + name_of(place);
}

std::string text_of(const Plan& plan) {
  return "plan " + number(plan.begin.log) + number(plan.first_id) + number(plan.count) + number(plan.begin.at) +
         number(plan.end) + flag(plan.begin.passing) + flag(plan.passing_after) + name_of(plan.begin);
}

void Memory::reached(const Place& place) {
  places_[place.log] = place;
  changed_.insert(place.log);
  next_log_ = std::max(next_log_, place.log + 1);
}

void Memory::planned(const Plan& plan) {
  plans_.push_back(plan);
  next_id_ = std::max(next_id_, plan.last_id() + 1);
  next_log_ = std::max(next_log_, plan.begin.log + 1);
  if (!places_.contains(plan.begin.log)) places_[plan.begin.log] = plan.begin;
}

void Memory::safe(std::uint64_t id) {
  safe_id_ = std::max(safe_id_, id);
  next_id_ = std::max(next_id_, safe_id_ + 1);
  while (!plans_.empty() && plans_.front().last_id() <= safe_id_) {
    const Plan plan = std::move(plans_.front());
    plans_.pop_front();
    Place& place = places_[plan.begin.log];
    place = plan.begin;
    place.at = plan.end;
    place.passing = plan.passing_after;
    if (done_.contains(plan.begin.log)) forget(plan.begin.log);
  }
}

void Memory::done(std::uint64_t log) {
  done_.insert(log);
  forget(log);
}

void Memory::forget(std::uint64_t log) {
  const auto needs = [log](const Plan& plan) { return plan.begin.log == log; };
  if (std::any_of(plans_.begin(), plans_.end(), needs)) return;
  places_.erase(log);
  changed_.erase(log);
  done_.erase(log);
}

void Memory::drop_plans() {
  plans_.clear();
  for (const std::uint64_t log : std::exchange(done_, {})) forget(log);
}

std::string Memory::text() const {
  std::string text;
  if (!cut_options_.empty()) text += "cut " + cut_options_ + "\n";
  for (const auto& [log, place] : places_) text += text_of(place);
  for (const Plan& plan : plans_) text += text_of(plan);
  for (const std::uint64_t log : done_) text += "done " + std::to_string(log) + "\n";
  text += "next " + number(next_id_) + std::to_string(next_log_) + "\n";
  text += "safe " + std::to_string(safe_id_) + "\n";
  return text;
}

bool Memory::take(std::string_view record) {
  const std::string_view kind = take_word(record);
  std::uint64_t value = 0;
  if (kind == "at") return take_at(record);
  if (kind == "plan") return take_plan(record);
  if (kind == "cut") {
    cut_options_ = record;
    return true;
  }
  if (!take_number(record, value)) return false;
  if (kind == "safe") {
    safe(value);
  } else if (kind == "done") {
    done(value);
  } else if (kind == "next") {
    next_id_ = std::max(next_id_, value);
    if (!take_number(record, value)) return false;
    next_log_ = std::max(next_log_, value);
  } else {
    return false;
  }
  return record.empty();
}

bool Memory::take_at(std::string_view fields) {
  Place place;
  if (!take_number(fields, place.log) || !take_number(fields, place.at)) return false;
  const std::string_view flags = take_word(fields);
  if (flags.size() != 1 || !take_flag(flags[0], place.passing) || !take_name(fields, place)) return false;
  reached(place);
  return true;
}

bool Memory::take_plan(std::string_view fields) {
  Plan plan;
  for (std::uint64_t* value : {&plan.begin.log, &plan.first_id, &plan.count, &plan.begin.at, &plan.end})
    if (!take_number(fields, *value)) return false;
  const std::string_view flags = take_word(fields);
  if (plan.count == 0 || flags.size() != 2 || !take_flag(flags[0], plan.begin.passing) ||
      !take_flag(flags[1], plan.passing_after) || !take_name(fields, plan.begin))
    return false;
  planned(plan);
  return true;
}

}  // namespace logtail
