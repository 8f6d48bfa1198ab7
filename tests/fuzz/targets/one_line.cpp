// A pipeline in one line, `ixyflow run -e '...'`: the file that it stands for, written as TOML, is read as
// the same.

#include "core/config/shorthand/one_line.hpp"

#include "core/base/text/utf8.hpp"
#include "tests/fuzz/input.hpp"
#include "tools/ixyflow/views/pipeline_toml.hpp"

namespace ixyflow::fuzz {
namespace {

/// What the program takes as an argument.
bool is_argument(std::string_view text) {
  while (!text.empty()) {
    const Utf8Character character = first_character(text);
    if (!character.valid || text.front() == '\0') return false;
    text.remove_prefix(character.bytes);
  }
  return true;
}

void read_line(Bytes input) {
  const std::string text(text_of(input));
  if (!is_argument(text)) return;
  Diagnostics diagnostics("-e", text);
  const auto read = read_one_line("-e", text, diagnostics);
  expect(read.has_value() == diagnostics.ok(), "there is a file, or it is said why not");
  static_cast<void>(diagnostics.render());
  if (!read) return;
  Diagnostics again;
  const std::string toml = tools::pipeline_toml(read->root);
  const auto same = parse_pipeline("fuzz.toml", toml, again);
  if (!same) return expect(!again.ok(), "there is a file, or it is said why not");
  expect(Value(same->root).toml() == Value(read->root).toml(), "it is the same when it is read again");
}

void line_seeds(const Sink& seed) {
  for (const char* text :
       {"pcap:in.pcap -> Filter(\"tcp port 443\") -> Counter -> pcap:out.pcap",
        "wan :: pcap:in.pcap,out.pcap,loop=3 -> web :: Filter(udp) -> wan; web[other] -> Discard",
        "generator:size=64,template={ \"ip.dst\" = \"192.0.2.1\" } -> t :: Tee -> null; t[1] -> [0]Queue(64)",
        "null->Delay(20ms)->Classifier([\"12/0800\", '-'])->Discard"})
    seed(text);
}

void line_words(const Sink& word) {
  for (const char* sign :
       {"->", "::", ";", "(", ")", "[", "]", "{", "}", "\"", "'", "\\", "=", ",", ":", "null"})
    word(sign);
}

const Registered one_line_target(
    {.name = "one_line", .run = read_line, .seeds = line_seeds, .words = line_words, .longest = 512});

}  // namespace
}  // namespace ixyflow::fuzz
