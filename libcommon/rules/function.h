// The functions of rules: grok("COMBINEDAPACHELOG"), geoip([clientip], prefix="geo_") and their kin.
//
// The rules language looks a function up by its name, creates it once with the constant arguments of the call, and
// applies it to each event with the text of the argument that is not constant. Whether it succeeded is a condition.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/report.h"
#include "base/result.h"
#include "codec/event.h"
#include "codec/open_field_batch.h"
#include "codec/timestamp.h"
#include "rules/patterns.h"
#include "rules/regex.h"

namespace rules {

// What one thread needs to apply functions, any number of them.
struct Workspace {
  codec::LocalClock clock{};  // set now and then: completes times that lack their year or zone
  MatchSpace match{};
  codec::OpenFieldBatch fields{};  // empty between calls
  std::string text{};              // anything, from call to call
};

enum class Outcome {
  applied,
  not_applied,  // no pattern matched, the address is unknown, the text is no JSON...
  forged,       // hmac(): the event's HMAC is not its own
};

// Can be applied by several threads at once, each with its own Workspace.
class Function {
 public:
  Function() = default;
  Function(const Function&) = delete;
  Function& operator=(const Function&) = delete;
  virtual ~Function() = default;

  // `subject`: see SubjectUse. It may be a view of the event. An event to which it was not applied has not changed, but
  // for tags.
  virtual Outcome apply(codec::Event& event, std::string_view subject, Workspace& workspace) const = 0;
};

// Of a call, without the subject.
struct Arguments {
  std::vector<std::string> values;                           // in order
  std::vector<std::pair<std::string, std::string>> options;  // label, value
};

// What functions need from outside; it must outlive the creation only.
struct Resources {
  const Patterns* patterns = nullptr;
  std::string geoip_database = {};
  std::string useragent_regexes = "/usr/share/uap-core/regexes.yaml";
  std::string hmac_key_file = {};
  base::Report report = {};  // of what goes wrong later; may be called by any thread
};

enum class SubjectUse {
  none,      // the event itself; apply() gets an empty one
  message,   // the event's message: it is not among the arguments
  argument,  // the first argument: an expression, evaluated for each event
};

struct FunctionKind {
  std::string_view name;
  SubjectUse subject;
  std::string_view usage;  // for errors and --help: `json(TEXT, prefix="...")`
  // Kind::usage for arguments that are wrong; other kinds where a resource is missing or damaged.
  base::Result<std::unique_ptr<Function>> (*create)(const Arguments& arguments, const Resources& resources);
  bool verifies = false;  // Outcome::forged is possible
};

// In the order of their names.
std::span<const FunctionKind> function_kinds();
const FunctionKind* function_named(std::string_view name);  // null: there is none

}  // namespace rules
