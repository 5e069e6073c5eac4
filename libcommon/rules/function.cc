#include "rules/function.h"

#include <algorithm>
#include <array>

#include "rules/date_function.h"
#include "rules/event_identity.h"
#include "rules/geoip_function.h"
#include "rules/grok.h"
#include "rules/json_function.h"
#include "rules/kv_function.h"
#include "rules/useragent_function.h"

namespace rules {
namespace {

constexpr std::array kKinds = {
    FunctionKind{"date", SubjectUse::argument, R"(date(TEXT, "FORMAT", ..., zone="ZONE"))", DateFunction::create},
    FunctionKind{"geoip", SubjectUse::argument, R"(geoip(ADDRESS, prefix="..."))", GeoipFunction::create},
    FunctionKind{"grok", SubjectUse::message, R"(grok("PATTERN", ..., prefix="...", field="..."))", Grok::create},
    FunctionKind{"hmac", SubjectUse::none, "hmac()", HmacFunction::create, true},
    FunctionKind{"json", SubjectUse::argument, R"(json(TEXT, prefix="..."))", JsonFunction::create},
    FunctionKind{"kv", SubjectUse::argument, R"(kv(TEXT, prefix="...", pair_separator=" ", value_separator="="))",
                 KvFunction::create},
    FunctionKind{"useragent", SubjectUse::argument, R"(useragent(TEXT, prefix="..."))", UseragentFunction::create},
    FunctionKind{"uuid", SubjectUse::none, "uuid()", UuidFunction::create},
};

}  // namespace

std::span<const FunctionKind> function_kinds() {
  return kKinds;
}

const FunctionKind* function_named(std::string_view name) {
  const auto* const found = std::ranges::find(kKinds, name, &FunctionKind::name);
  return found != kKinds.end() ? found : nullptr;
}

}  // namespace rules
