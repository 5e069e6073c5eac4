#include "cli/completion.h"

#include <algorithm>

namespace cli {
namespace {

std::string single_quoted(std::string_view text, std::string_view quote) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += quote;
    else
      out += c;
  }
  return out + "'";
}

bool has_verbs(const std::vector<VerbText>& verbs) {
  return !verbs.empty() && !verbs.front().name.empty();
}

std::string long_options(const VerbText& verb) {
  std::string words;
  for (const OptionText& option : verb.options)
    for (const std::string& name : option.long_names) words += (words.empty() ? "" : " ") + name;
  return words;
}

// "tcp:// unix:"
std::string address_prefixes(const VerbText& verb) {
  std::string words;
  for (const AddressKind& kind : verb.addresses.kinds)
    for (const std::string& prefix : kind.prefixes) words += (words.empty() ? "" : " ") + prefix;
  return words;
}

std::string variables(const VerbText& verb) {
  return "options='" + long_options(verb) + "' addresses='" + address_prefixes(verb) + "'";
}

// A case statement that sets `options` and `addresses` to those of the verb that stands in `word`.
std::string variables_by_verb(const std::string& word, const std::vector<VerbText>& verbs) {
  if (!has_verbs(verbs)) return "  " + variables(verbs.front()) + "\n";
  std::string out = "  case " + word + " in\n";
  for (const VerbText& verb : verbs) out += "    " + verb.name + ") " + variables(verb) + " ;;\n";
  return out + "  esac\n";
}

// "push -F|push --framing", each quoted for a case statement.
std::string patterns(const std::string& before, std::string_view names) {
  std::string out;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(", "), names.size());
    out += (out.empty() ? "'" : "|'") + before + std::string(names.substr(0, end)) + "'";
    names.remove_prefix(std::min(end + 2, names.size()));
  }
  return out;
}

std::string words(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += (out.empty() ? "" : " ") + value;
  return out;
}

// A case statement that sets `values` to what the option in `previous` can have, where that is one of a few words.
std::string values_by_option(const std::string& word, const std::string& previous, const std::vector<VerbText>& verbs) {
  std::string out = "  case \"" + (has_verbs(verbs) ? word + " " : "") + previous + "\" in\n";
  for (const VerbText& verb : verbs)
    for (const OptionText& option : verb.options)
      if (!option.choices.empty())
        out.append("    ")
            .append(patterns(verb.name.empty() ? "" : verb.name + " ", option.names))
            .append(") values='")
            .append(words(option.choices))
            .append("' ;;\n");
  return out + "  esac\n";
}

std::string verb_names(const std::vector<VerbText>& verbs) {
  std::string names;
  for (const VerbText& verb : verbs) names += verb.name + " ";
  return names + "--help --version";
}

// `sink` is the word after "--".
constexpr const char* kBashSink = R"(  local -i sink
  for ((sink = 2; sink <= COMP_CWORD; sink++)); do
    [[ ${COMP_WORDS[sink-1]} == -- ]] || continue
    if declare -F _command_offset >/dev/null; then
      _command_offset "$sink"
    elif ((sink == COMP_CWORD)); then
      mapfile -t COMPREPLY < <(compgen -c -- "$current")
    fi
    return
  done
)";

// Files whose names begin like an address are offered beside it; without one, the shell looks for files by itself.
constexpr const char* kBashWord = R"(  case $current in
    -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current") ;;
    ?*)
      mapfile -t COMPREPLY < <(compgen -W "$addresses" -- "$current" && compgen -f -- "$current")
      ((${#COMPREPLY[@]} == 0)) || compopt -o nospace 2>/dev/null || true
      ;;
  esac
}
)";

constexpr const char* kZshSink = R"(  local -i ends=${words[(i)--]}
  if (( ends < CURRENT )); then
    shift $ends words
    (( CURRENT -= ends ))
    _normal
    return
  fi
)";

constexpr const char* kFishSink =
    R"( -x -n 'contains -- -- (commandline -opc)' -a '(set -l words (commandline -opc);)"
    R"( set -e words[1..(contains -i -- -- $words)]; complete -C (string join " " -- (string escape -- $words) (commandline -ct)))')";

std::string bash(const std::string& tool, const std::vector<VerbText>& verbs) {
  std::string out = "_" + tool + "() {\n  local options='' addresses='' values='' current=${COMP_WORDS[COMP_CWORD]}\n" +
                    variables_by_verb("${COMP_WORDS[1]}", verbs) +
                    values_by_option("${COMP_WORDS[1]}", "${COMP_WORDS[COMP_CWORD-1]}", verbs) + "  COMPREPLY=()\n" +
                    kBashSink;
  if (has_verbs(verbs))
    out += "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    mapfile -t COMPREPLY < <(compgen -W '" + verb_names(verbs) +
           "' -- \"$current\")\n    return\n  fi\n";
  out +=
      "  if [ -n \"$values\" ]; then\n    mapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$current\")\n    "
      "return\n  fi\n";
  return out + kBashWord + "complete -o default -F _" + tool + " " + tool + "\n";
}

std::string zsh(const std::string& tool, const std::vector<VerbText>& verbs) {
  std::string out = "#compdef " + tool + "\n_" + tool + "() {\n  local options='' addresses='' values=''\n" + kZshSink;
  out += variables_by_verb("$words[2]", verbs) + values_by_option("$words[2]", "$words[CURRENT-1]", verbs);
  if (has_verbs(verbs)) {
    out += "  if (( CURRENT == 2 )); then\n    local -a verbs=(\n";
    for (const VerbText& verb : verbs) out += "      " + single_quoted(verb.name + ":" + verb.summary, "'\\''") + "\n";
    out += "    )\n    _describe verb verbs\n    return\n  fi\n";
  }
  out += "  if [[ -n $values ]]; then\n    compadd -- ${=values}\n    return\n  fi\n";
  out +=
      "  case $PREFIX in\n    -*) compadd -- ${=options} ;;\n    *) [[ -z $addresses ]] || compadd -S '' -- "
      "${=addresses}; _files ;;\n  esac\n}\n";
  // An autoloaded file is the function's body at its first call; one that is sourced only defines it.
  return out + "compdef _" + tool + " " + tool + "\n[[ $funcstack[1] != _" + tool + " ]] || _" + tool + " \"$@\"\n";
}

std::string fish_options(const std::string& tool, const VerbText& verb) {
  const std::string condition =
      verb.name.empty() ? "" : " -n " + single_quoted("__fish_seen_subcommand_from " + verb.name, "\\'");
  std::string out;
  for (const OptionText& option : verb.options)
    for (const std::string& name : option.long_names)
      out.append("complete -c ")
          .append(tool)
          .append(condition)
          .append(" -l ")
          .append(name.substr(2))
          .append(option.value.empty()     ? ""
                  : option.choices.empty() ? " -r"
                                           : " -x -a '" + words(option.choices) + "'")
          .append(" -d ")
          .append(single_quoted(option.text, "\\'"))
          .append("\n");
  if (const std::string prefixes = address_prefixes(verb); !prefixes.empty())
    out += "complete -c " + tool + " -n 'not contains -- -- (commandline -opc)' -a '" + prefixes + "'\n";
  return out;
}

std::string fish(const std::string& tool, const std::vector<VerbText>& verbs) {
  std::string out;
  for (const VerbText& verb : verbs) {
    if (!verb.name.empty())
      out += "complete -c " + tool + " -f -n __fish_use_subcommand -a " + verb.name + " -d " +
             single_quoted(verb.summary, "\\'") + "\n";
    out += fish_options(tool, verb);
  }
  return out + "complete -c " + tool + kFishSink + "\n";
}

}  // namespace

base::Result<std::string> completion_script(std::string_view shell, const std::string& tool,
                                            const std::vector<VerbText>& verbs) {
  if (shell == "bash") return bash(tool, verbs);
  if (shell == "zsh") return zsh(tool, verbs);
  if (shell == "fish") return fish(tool, verbs);
  return base::fail(base::Kind::usage, "--completions: '" + std::string(shell) + "' is not bash, zsh or fish", "");
}

}  // namespace cli
