#include "cli/help.h"

#include <algorithm>

namespace cli {
namespace {

constexpr std::size_t kWidth = 79;
constexpr std::size_t kWidestTerm = 28;  // a longer term gets a line of its own

struct Entry {
  std::string term;
  std::string text;
};

// Breaks between words; every line after the first is indented.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (column > indent && column + 1 + end > kWidth) {
      out.append("\n").append(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out.append(text.substr(0, end));
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// A heading and two columns.
std::string section(std::string_view heading, const std::vector<Entry>& entries) {
  std::size_t width = 0;
  for (const Entry& entry : entries)
    if (entry.term.size() <= kWidestTerm) width = std::max(width, entry.term.size());
  const std::size_t indent = 2 + width + 2;
  std::string out = "\n" + std::string(heading) + ":\n";
  for (const Entry& entry : entries) {
    out += "  " + entry.term;
    if (entry.term.size() > width)
      out.append("\n").append(indent, ' ');
    else
      out.append(indent - 2 - entry.term.size(), ' ');
    out += wrapped(entry.text, indent) + "\n";
  }
  return out;
}

Entry entry_of(const OptionText& option) {
  return {option.value.empty() ? option.names : option.names + " " + option.value, option.text};
}

std::string arguments(const std::vector<OptionText>& options) {
  std::vector<Entry> entries;
  for (const OptionText& option : options)
    if (option.positional) entries.push_back(entry_of(option));
  return entries.empty() ? "" : section("Arguments", entries);
}

// A section per group, in the order in which the groups first appear; the options that all tools have come last.
std::string option_groups(const std::vector<OptionText>& options) {
  std::vector<std::string> groups;
  for (const OptionText& option : options)
    if (!option.positional && std::find(groups.begin(), groups.end(), option.group) == groups.end())
      groups.push_back(option.group);
  std::stable_partition(groups.begin(), groups.end(), [](const std::string& group) { return group != kOther; });
  std::string out;
  for (const std::string& group : groups) {
    std::vector<Entry> entries;
    for (const OptionText& option : options)
      if (!option.positional && option.group == group) entries.push_back(entry_of(option));
    out += section(group, entries);
  }
  return out;
}

std::string addresses(const AddressTexts& addresses) {
  std::vector<Entry> entries;
  for (const AddressKind& kind : addresses.kinds) entries.push_back({kind.forms, kind.text});
  return entries.empty() ? "" : section(addresses.heading, entries);
}

std::string examples(std::string_view text) {
  if (text.empty()) return "";
  std::string out = "\nExamples:\n";
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) out.append("  ").append(text.substr(0, end));
    out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string see_also(const Tool& tool) {
  return "\nSee also: man " + std::string(tool.name) + "\n";
}

}  // namespace

std::string tool_help(const Tool& tool) {
  const std::string name(tool.name);
  std::vector<Entry> verbs;
  for (const Verb& verb : tool.verbs) verbs.push_back({std::string(verb.name), std::string(verb.summary)});
  return "usage: " + name + " VERB [ARGUMENT]...\n\n" + name + " - " + wrapped(tool.summary, 0) + "\n" +
         section("Verbs", verbs) +
         section("Options", {{"-h, --help", "print this help and exit; '" + name + " VERB --help' explains a verb"},
                             {"--version", "print the version and exit"}}) +
         see_also(tool);
}

std::string verb_help(const Tool& tool, const Verb& verb, const CommandLine& line) {
  const std::vector<OptionText> options = line.options();
  std::string name(tool.name);
  if (!verb.name.empty()) name += " " + std::string(verb.name);
  return "usage: " + std::string(verb.usage) + "\n\n" + wrapped(name + " - " + std::string(verb.summary), 0) + "\n" +
         arguments(options) + addresses(line.addresses()) + option_groups(options) + examples(verb.examples) +
         see_also(tool);
}

}  // namespace cli
