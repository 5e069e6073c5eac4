#include "tools/logbuf/shared_options.h"

namespace logbuf {

void add_buffer(CLI::App& app, std::string& path) {
  app.add_option("BUFFER", path, "the buffer's directory")->required()->type_name("PATH");
}

void add_buffers(CLI::App& app, std::vector<std::string>& paths) {
  app.add_option("BUFFER", paths, "the buffers' directories")->required()->type_name("PATH");
}

CLI::Option* add_consumer_name(CLI::App& app, std::string& name) {
  return app.add_option("-c,--consumer", name, "the consumer to use")->type_name("NAME")->capture_default_str();
}

base::Result<std::vector<net::Url>> parse_logd_urls(const std::vector<std::string>& addresses,
                                                    const std::string& doing) {
  std::vector<net::Url> urls;
  for (const std::string& address : addresses) {
    net::Url url = TRY(net::parse_url(address));
    if (url.scheme != "logd" && url.scheme != "logds")
      return base::fail(base::Kind::usage, doing + " " + url.text(), "it is not logd:// or logds://");
    urls.push_back(std::move(url));
  }
  return urls;
}

base::Result<Sync> parse_sync(std::string_view name) {
  if (name == "disk") return Sync::disk;
  if (name == "os") return Sync::os;
  return base::fail(base::Kind::usage, "--sync", "'" + std::string(name) + "' is not disk or os");
}

base::Result<bool> parse_on_damage(std::string_view name) {
  if (name == "skip") return true;
  if (name == "stop") return false;
  return base::fail(base::Kind::usage, "--on-damage", "'" + std::string(name) + "' is not skip or stop");
}

base::Result<Start> parse_start(std::string_view name) {
  if (name == "oldest") return Start::oldest;
  if (name == "newest") return Start::newest;
  return base::fail(base::Kind::usage, "--start", "'" + std::string(name) + "' is not oldest or newest");
}

base::Result<void> require_consumer(Buffer& buffer, const std::string& name, Start start) {
  if (TRY(buffer.consumer(name))) return {};
  if (name == kDefaultConsumer) {
    TRY(buffer.add_consumer(name, start));
    return {};
  }
  return base::fail(base::Kind::no_input, "use consumer '" + name + "' of buffer " + buffer.path(),
                    "there is none; add it with 'logbuf consumer add " + buffer.path() + " " + name + "'");
}

}  // namespace logbuf
