#include "rules/geoip_database.h"

#include <arpa/inet.h>
#include <maxminddb.h>
#include <netinet/in.h>

#include <cerrno>
#include <utility>

namespace rules {
namespace {

struct Address {
  sockaddr_storage storage{};

  bool parse(const std::string& text) {
    auto* const v4 = reinterpret_cast<sockaddr_in*>(&storage);
    auto* const v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    if (::inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
      storage.ss_family = AF_INET;
      return true;
    }
    if (::inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) != 1) return false;
    storage.ss_family = AF_INET6;
    return true;
  }
};

template <class... Path>
std::optional<MMDB_entry_data_s> value_at(MMDB_entry_s& entry, Path... path) {
  MMDB_entry_data_s data{};
  const int status = MMDB_get_value(&entry, &data, path..., nullptr);
  if (status != MMDB_SUCCESS || !data.has_data) return {};
  return data;
}

template <class... Path>
std::string_view text_at(MMDB_entry_s& entry, Path... path) {
  const auto data = value_at(entry, path...);
  if (!data || data->type != MMDB_DATA_TYPE_UTF8_STRING) return {};
  return {data->utf8_string, data->data_size};
}

template <class... Path>
std::optional<double> number_at(MMDB_entry_s& entry, Path... path) {
  const auto data = value_at(entry, path...);
  if (!data || data->type != MMDB_DATA_TYPE_DOUBLE) return {};
  return data->double_value;
}

}  // namespace

struct GeoipDatabase::Handle {
  MMDB_s database{};
};

GeoipDatabase::GeoipDatabase(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}

GeoipDatabase::~GeoipDatabase() {
  MMDB_close(&handle_->database);
}

base::Result<std::shared_ptr<const GeoipDatabase>> GeoipDatabase::open(const std::string& path) {
  auto handle = std::make_unique<Handle>();
  const std::string what = "open database " + path;
  const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &handle->database);
  if (status == MMDB_FILE_OPEN_ERROR || status == MMDB_IO_ERROR) return base::fail_errno(errno, what);
  if (status != MMDB_SUCCESS) return base::fail(base::Kind::data, what, MMDB_strerror(status));
  return std::shared_ptr<const GeoipDatabase>(new GeoipDatabase(std::move(handle)));
}

std::optional<Place> GeoipDatabase::find(std::string_view address) const {
  Address parsed;
  if (address.size() > INET6_ADDRSTRLEN || !parsed.parse(std::string(address))) return {};
  int error = 0;
  MMDB_lookup_result_s found =
      MMDB_lookup_sockaddr(&handle_->database, reinterpret_cast<const sockaddr*>(&parsed.storage), &error);
  if (error != MMDB_SUCCESS || !found.found_entry) return {};
  MMDB_entry_s& entry = found.entry;
  Place place;
  place.continent = text_at(entry, "continent", "names", "en");
  place.city = text_at(entry, "city", "names", "en");
  place.country = text_at(entry, "country", "names", "en");
  place.country_iso = text_at(entry, "country", "iso_code");
  place.subdivision = text_at(entry, "subdivisions", "0", "names", "en");
  place.latitude = number_at(entry, "location", "latitude");
  place.longitude = number_at(entry, "location", "longitude");
  return place;
}

}  // namespace rules
