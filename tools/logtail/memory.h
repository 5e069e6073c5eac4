// What logtail remembers of its logs: how far each is safe, and what was planned for a sink and is not yet safe.
// Passive; a checkpoint is this, written down.
//
// Text form, one record per line (logtail(1), CHECKPOINTS):
//
//   at LOG OFFSET FLAGS IDENTITY NAME                   what comes before OFFSET is safe
//   plan LOG FIRST COUNT BEGIN END FLAGS IDENTITY NAME  ids from FIRST on are the messages from BEGIN to END
//   safe ID                                             so is everything up to this id
//   done LOG                                            nothing more will come of it
//   next ID LOG                                         the first id, and the first number of a log, not used yet
//   cut OPTIONS                                         what decides where messages end
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "tools/logtail/place.h"

namespace logtail {

class Memory {
 public:
  [[nodiscard]] const std::map<std::uint64_t, Place>& places() const { return places_; }
  [[nodiscard]] const std::deque<Plan>& plans() const { return plans_; }
  [[nodiscard]] std::uint64_t safe_id() const { return safe_id_; }
  [[nodiscard]] std::uint64_t next_id() const { return next_id_; }
  [[nodiscard]] const std::string& cut_options() const { return cut_options_; }

  // A number for a log that is not remembered yet.
  std::uint64_t new_log() { return next_log_++; }

  void reached(const Place& place);  // and not less than before
  void planned(const Plan& plan);    // its ids come after those of all plans before
  void safe(std::uint64_t id);       // cumulative; moves the places of logs whose plans are done
  void done(std::uint64_t log);      // forgotten, once no plan needs it
  void cut_by(std::string options) { cut_options_ = std::move(options); }
  // Places have moved since take_changed().
  [[nodiscard]] bool changed() const { return !changed_.empty(); }
  // What was planned will be read again from the places, under new ids.
  void drop_plans();

  // All of it, a record each line.
  [[nodiscard]] std::string text() const;
  // Takes one record; false where it is none.
  bool take(std::string_view record);

  // Logs that changed since this was last asked, for a short record each.
  [[nodiscard]] std::set<std::uint64_t> take_changed() { return std::exchange(changed_, {}); }

 private:
  bool take_at(std::string_view fields);
  bool take_plan(std::string_view fields);
  void forget(std::uint64_t log);

  std::map<std::uint64_t, Place> places_;
  std::deque<Plan> plans_;
  std::set<std::uint64_t> done_;  // but still planned for
  std::set<std::uint64_t> changed_;
  std::uint64_t safe_id_ = 0;
  std::uint64_t next_id_ = 1;
  std::uint64_t next_log_ = 1;
  std::string cut_options_;
};

std::string text_of(const Place& place);
std::string text_of(const Plan& plan);

}  // namespace logtail
