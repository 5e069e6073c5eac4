// --test: a file of messages, each with the event that the rules are to make of it.
//
//   # comments, and empty lines between the pairs
//   <13>1 - - app - - - GET /
//   {"appname":"app","facility":"user","severity":"notice","message":"GET /","verb":"GET"}
//   noise
//   null
//
// "null" expects that the message does not go on. An object that has the member "..." names only some of the fields.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "rules/processor.h"

namespace rules {

struct RuleTestResult {
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::vector<std::string> lines;  // what differed, for people: FILE:LINE: field: expected VALUE, got VALUE
};

// Kind::data, with the line, for what is no tests file.
base::Result<RuleTestResult> run_rule_tests(const std::string& path, Processor& processor);

}  // namespace rules
