#include "tools/logbuf/shared_options.h"

namespace logbuf {

namespace {

base::Result<void> check_path(const std::string& text, cli::Use use, const std::string& otherwise) {
  const auto fail = [](std::string why) { return base::fail(base::Kind::usage, "", std::move(why)); };
  if (cli::is_address(text))
    return fail(text + " is an address, and a buffer is a directory" +
                (otherwise.empty() ? cli::meant(text, use) : "; " + otherwise));
  for (const std::string_view scheme : {"buf:", "dir:", "file:"})
    if (text.starts_with(scheme))
      return fail("write '" + text.substr(scheme.size()) + "', without " + std::string(scheme));
  return {};
}

}  // namespace

void add_buffer(cli::CommandLine& line, std::string& path, cli::Use use, const std::string& otherwise, bool required) {
  const auto take = [&path, use, otherwise](const std::string& text) -> base::Result<void> {
    TRY(check_path(text, use, otherwise));
    path = text;
    return {};
  };
  const cli::Option buffer = line.add_value("BUFFER", take, "the buffer's directory").value_name("PATH");
  if (required) buffer.required();
}

void add_buffers(cli::CommandLine& line, std::vector<std::string>& paths) {
  line.add_texts("BUFFER", paths, "the buffers' directories").required().value_name("PATH");
  line.check([&paths]() -> base::Result<void> {
    for (const std::string& path : paths)
      if (const auto checked = check_path(path, cli::Use::read, ""); !checked)
        return cli::reject("BUFFER", checked.error().why);
    return {};
  });
}

base::Result<void> check_order(const std::string& path, const std::string& after) {
  if (cli::is_buffer(path) || !cli::is_buffer(after)) return {};
  return base::fail(base::Kind::usage, "the buffer comes first: write '" + after + " " + path + "'", "");
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

cli::Option add_start(cli::CommandLine& line, ConsumerStart& start, const std::string& help) {
  const cli::Choices<ConsumerStart> choices{{"oldest", ConsumerStart::oldest}, {"newest", ConsumerStart::newest}};
  return cli::add_choice(line, "--start", start, choices, help).value_name("WHERE").default_text("oldest");
}

base::Result<void> require_consumer(Buffer& buffer, const std::string& name, ConsumerStart start) {
  if (TRY(buffer.consumer(name))) return {};
  if (name == kDefaultConsumer) {
    TRY(buffer.add_consumer(name, start));
    return {};
  }
  return base::fail(base::Kind::no_input, "use consumer '" + name + "' of buffer " + buffer.path(),
                    "there is none; add it with 'logbuf consumer add " + buffer.path() + " " + name + "'");
}

}  // namespace logbuf
