#include "rules/geoip_function.h"

#include <sys/stat.h>

#include <charconv>
#include <utility>

#include "rules/arguments.h"

namespace rules {
namespace {

constexpr std::array<std::string_view, 7> kPlaceFields = {"continent",   "city",     "country",  "country_iso",
                                                          "subdivision", "latitude", "longitude"};

void add_number(codec::OpenFieldBatch& fields, std::string_view key, const std::optional<double>& value) {
  if (!value) return;
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, *value);
  if (error == std::errc()) (void)fields.add_number(key, {digits, static_cast<std::size_t>(end - digits)}, true);
}

}  // namespace

GeoipFunction::GeoipFunction(std::string path, std::string prefix, base::Report report)
    : path_(std::move(path)), report_(std::move(report)) {
  for (std::size_t i = 0; i < kPlaceFields.size(); ++i)
    keys_[i] = codec::open_field_key(prefix + std::string(kPlaceFields[i]));
}

base::Result<std::unique_ptr<Function>> GeoipFunction::create(const Arguments& arguments, const Resources& resources) {
  TRY(check_arguments(arguments, "geoip", 0, 0, {"prefix"}));
  if (resources.geoip_database.empty()) return bad_argument("geoip", "--geoip-database must name a database");
  const std::string prefix = TRY(prefix_of(arguments, "geoip"));
  std::unique_ptr<GeoipFunction> function(new GeoipFunction(resources.geoip_database, prefix, resources.report));
  TRY(function->open());
  return function;
}

GeoipFunction::Version GeoipFunction::version_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec};
}

// The version is taken first: a file that is replaced in between is opened once more.
base::Result<void> GeoipFunction::open() const {
  version_ = version_of(path_);
  database_ = TRY(GeoipDatabase::open(path_));
  return {};
}

GeoipFunction::Database GeoipFunction::database_at(std::int64_t second) const {
  const std::lock_guard lock(mutex_);
  if (second == checked_) return database_;
  checked_ = second;
  const Version version = version_of(path_);
  // While it is being replaced there may be none.
  if (version == version_ || version == Version()) return database_;
  if (const auto opened = open(); !opened && report_)
    report_(base::Level::warning, opened.error().text() + "; the one before it stays in use");
  return database_;
}

Outcome GeoipFunction::apply(codec::Event& event, std::string_view subject, Workspace& workspace) const {
  const Database database = database_at(workspace.clock.seconds());
  const auto place = database->find(subject);
  if (!place) return Outcome::not_applied;
  codec::OpenFieldBatch& fields = workspace.fields;
  const std::array<std::string_view, 5> texts = {place->continent, place->city, place->country, place->country_iso,
                                                 place->subdivision};
  for (std::size_t i = 0; i < texts.size(); ++i)
    if (!texts[i].empty()) fields.add_text(keys_[i], texts[i]);
  add_number(fields, keys_[5], place->latitude);
  add_number(fields, keys_[6], place->longitude);
  fields.apply(event, codec::OpenFieldBatch::Names::distinct);
  return Outcome::applied;
}

}  // namespace rules
