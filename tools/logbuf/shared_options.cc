#include "tools/logbuf/shared_options.h"

namespace logbuf {

void add_buffer(cli::CommandLine& line, std::string& path) {
  line.add_text("BUFFER", path, "the buffer's directory").required().value_name("PATH");
}

void add_buffers(cli::CommandLine& line, std::vector<std::string>& paths) {
  line.add_texts("BUFFER", paths, "the buffers' directories").required().value_name("PATH");
}

cli::Option add_consumer_name(cli::CommandLine& line, std::string& name) {
  return line.add_text("-c,--consumer", name, "the consumer to use").value_name("NAME");
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

cli::Option add_sync(cli::CommandLine& line, Sync& sync, const std::string& help) {
  const cli::Choices<Sync> choices{{"disk", Sync::disk}, {"os", Sync::os}};
  return cli::add_choice(line, "--sync", sync, choices, help).value_name("WHERE").default_text("disk");
}

cli::Option add_on_damage(cli::CommandLine& line, bool& skip) {
  const cli::Choices<bool> choices{{"skip", true}, {"stop", false}};
  return cli::add_choice(line, "--on-damage", skip, choices, "what to do at damaged messages: skip or stop")
      .value_name("WHAT")
      .default_text("skip");
}

cli::Option add_start(cli::CommandLine& line, Start& start, const std::string& help) {
  const cli::Choices<Start> choices{{"oldest", Start::oldest}, {"newest", Start::newest}};
  return cli::add_choice(line, "--start", start, choices, help).value_name("WHERE").default_text("oldest");
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
