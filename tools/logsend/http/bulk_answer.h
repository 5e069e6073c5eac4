// What Elasticsearch answers to a bulk request.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logsend::http {

struct BulkItem {
  unsigned status = 0;
  std::string reason;  // "TYPE: REASON"; empty: there is none
};

// What became of each of so many documents, in their order: 200 where the answer says that there were no errors. A 409
// of "create" is a 200, as the document is there already. Nothing: the answer does not say.
std::optional<std::vector<BulkItem>> read_bulk_answer(std::string_view body, std::size_t documents);

}  // namespace logsend::http
