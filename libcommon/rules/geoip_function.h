// geoip(ADDRESS, prefix="..."): the fields continent, city, country, country_iso, subdivision, latitude and longitude,
// as far as the database knows them.
//
// A database that is replaced is opened again, within a second by the workspace's clock. One that cannot be opened then
// is reported, and the old one stays in use.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/report.h"
#include "rules/function.h"
#include "rules/geoip_database.h"

namespace rules {

class GeoipFunction final : public Function {
 public:
  // Fails where there is no database, or it cannot be opened.
  static base::Result<std::unique_ptr<Function>> create(const Arguments& arguments, const Resources& resources);

  // Not applied: it is no address, or an unknown one.
  Outcome apply(codec::Event& event, std::string_view subject, Workspace& workspace) const override;

 private:
  // By what a replaced file is recognised.
  struct Version {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t changed = 0;  // nanoseconds
    bool operator==(const Version&) const = default;
  };
  using Database = std::shared_ptr<const GeoipDatabase>;

  GeoipFunction(std::string path, std::string prefix, base::Report report);
  static Version version_of(const std::string& path);
  base::Result<void> open() const;
  Database database_at(std::int64_t second) const;

  std::string path_;
  base::Report report_;
  std::array<std::string, 7> keys_;  // of the fields

  mutable std::mutex mutex_;
  mutable Database database_;
  mutable Version version_;
  mutable std::int64_t checked_ = 0;  // second
};

}  // namespace rules
