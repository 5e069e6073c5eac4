// A database of places by address, in MaxMind's form (MMDB 2.0): GeoLite2 City and its kin.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rules {

// Empty or without a value: the database does not say. English names.
struct Place {
  std::string_view continent;
  std::string_view city;
  std::string_view country;
  std::string_view country_iso;
  std::string_view subdivision;
  std::optional<double> latitude;
  std::optional<double> longitude;
};

class GeoipDatabase {
 public:
  // The file stays open. It must not be changed in place, only replaced.
  static base::Result<std::shared_ptr<const GeoipDatabase>> open(const std::string& path);
  GeoipDatabase(const GeoipDatabase&) = delete;
  GeoipDatabase& operator=(const GeoipDatabase&) = delete;
  ~GeoipDatabase();

  // Nothing for what is no IP address, or not in the database. Views are valid as long as this lives.
  [[nodiscard]] std::optional<Place> find(std::string_view address) const;

 private:
  struct Handle;
  explicit GeoipDatabase(std::unique_ptr<Handle> handle);

  std::unique_ptr<Handle> handle_;
};

}  // namespace rules
