#include "tools/logredis/queue/scan.h"

#include <vector>

namespace logredis {
namespace {

constexpr std::uint64_t kPage = 1000;

}  // namespace

base::Result<void> scan(redis::Session& session, std::string_view pattern, std::string_view type,
                        base::Duration patience, const std::function<base::Result<void>(const std::string&)>& visit) {
  std::string cursor = "0";
  do {
    redis::Command command("SCAN");
    command.add(cursor).add("MATCH").add(pattern).add("COUNT").add(kPage);
    if (!type.empty()) command.add("TYPE").add(type);
    const redis::Reply page = TRY(session.ask(command, patience));
    cursor = page[0].text();
    const redis::Reply keys = page[1];
    for (std::size_t i = 0; i < keys.size(); ++i) TRY(visit(std::string(keys[i].text())));
  } while (cursor != "0" && !cursor.empty());
  return {};
}

}  // namespace logredis
