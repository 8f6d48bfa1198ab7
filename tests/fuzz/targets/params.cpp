// `--set` and `${params}`: pairs of --set on the first lines, an empty line, then a file whose strings are
// substituted.

#include "core/config/syntax/params.hpp"

#include "core/config/syntax/pipeline_file.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/seed.hpp"

namespace ixyflow::fuzz {
namespace {

/// Has every string of the file expanded as the text of a path is.
void expand_all(const Value& value, const LineIndex& lines, Parameters& parameters) {
  if (const auto* table = value.get_if<Value::Table>()) {
    for (const Value::Entry& entry : *table) expand_all(entry.value, lines, parameters);
  } else if (const auto* list = value.get_if<Value::List>()) {
    for (const Value& item : *list) expand_all(item, lines, parameters);
  } else if (const auto* text = value.get_if<std::string>()) {
    const LocatedText located = locate(lines, value.where(), *text);
    expect(located.at.size() == located.text.size() + 1, "every byte of a string has a place");
    const LocatedText expanded = parameters.expand(located);
    expect(expanded.at.size() == expanded.text.size() + 1, "every byte of an expanded string has a place");
  }
}

void substitute_parameters(Bytes input) {
  Input rest(input);
  std::vector<std::pair<std::string, std::string>> set;
  for (std::string_view line = rest.text('\n'); !line.empty(); line = rest.text('\n')) {
    const std::size_t equals = std::min(line.find('='), line.size());
    set.emplace_back(line.substr(0, equals), line.substr(std::min(line.size(), equals + 1)));
  }
  const std::string text(rest.rest_as_text());
  Diagnostics diagnostics("fuzz.toml", text);
  const auto file = parse_pipeline("fuzz.toml", text, diagnostics);
  if (!file) return expect(!diagnostics.ok(), "what cannot be parsed has a reason");
  const Value::Entry* params = find(file->root, "params");
  const auto* table = params != nullptr ? params->value.get_if<Value::Table>() : nullptr;
  Parameters parameters(table != nullptr ? *table : Value::Table(), set, diagnostics);
  const LineIndex lines(text);
  for (const Value::Entry& entry : file->root) {
    const Value substituted = parameters.substitute(entry.value);
    expect(!substituted.kind().empty(), "a value is of some kind");
    expand_all(entry.value, lines, parameters);
  }
  parameters.report_unused();
  static_cast<void>(diagnostics.render());
}

void params_seeds(const Sink& seed) {
  seed(
      "name=12\nother=\"x\"\n\n[params]\nname = 3\ntext = \"a\"\nlist = [1, 2]\n[graph]\npaths = ["
      "\"a${name} -> b${text}[${list}]\", '''\n${other}$$''', \"\\u00e9 ${none} $\"]\n");
  seed(
      "rate=1.5\nflag=true\n\n[params]\nrate = 1.0\nflag = false\n"
      "[x]\ny = \"${rate}\"\nz = \"${flag} ${rate}\"\n");
  for (const std::string& text : pipelines())
    if (text.find("${") != std::string::npos) seed("x=1\n\n" + text);
}

const Registered params_target({.name = "params",
                                .run = substitute_parameters,
                                .seeds = params_seeds,
                                .words = pipeline_words,
                                .longest = 1024});

}  // namespace
}  // namespace ixyflow::fuzz
