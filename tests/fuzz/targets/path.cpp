// A path of the graph, `a -> b[1] -> [0]c`: what was understood, written down again, is understood as the
// same.

#include <algorithm>

#include "core/config/syntax/paths.hpp"
#include "tests/fuzz/input.hpp"

namespace ixyflow::fuzz {
namespace {

LocatedText on_one_line(std::string text) {
  LocatedText located{std::move(text), {}};
  for (std::uint32_t column = 1; column <= located.text.size() + 1; ++column)
    located.at.push_back({1, column, 1});
  return located;
}

std::string written(const Path& path) {
  std::string text;
  for (const Hop& hop : path.hops) {
    if (!text.empty()) text += " -> ";
    if (hop.input) text += "[" + hop.input->text + "]";
    text += hop.name;
    if (hop.output) text += "[" + hop.output->text + "]";
  }
  return text;
}

void read_path(Bytes input) {
  Diagnostics diagnostics;
  const Path path = parse_path(on_one_line(std::string(text_of(input))), diagnostics);
  expect(path.complete || !diagnostics.ok(), "a path is complete, or it is said why not");
  static_cast<void>(diagnostics.render());
  if (!diagnostics.ok()) return;
  Diagnostics again;
  const Path same = parse_path(on_one_line(written(path)), again);
  expect(again.ok() && written(same) == written(path), "what was understood can be written down");
}

void path_seeds(const Sink& seed) {
  for (const char* text :
       {"a -> b[1] -> [0]c", "in -> Discard", "a[out]->[in] b_2 [ x ]\t-> C3", "a => b", "a(1) -> b",
        "a :: B -> c", "a -> b ->", "[0]a -> b[x]", "a[] -> b", "a[ -> b", "9a -> b"})
    seed(text);
}

void path_words(const Sink& word) {
  for (const char* sign : {"->", " -> ", "=>", "[0]", "[", "]", "(", "::", "Discard", "[out]"}) word(sign);
}

const Registered path_target(
    {.name = "path", .run = read_path, .seeds = path_seeds, .words = path_words, .longest = 256});

}  // namespace
}  // namespace ixyflow::fuzz
