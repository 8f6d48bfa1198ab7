#include <chrono>
#include <filesystem>
#include <random>

#include "core/graph/planner/make_plan.hpp"
#include "tests/config/config_support.hpp"
#include "tests/support/frames.hpp"

/// A16: files that are nearly right. The mutator knows the words of the format, so that most of what it makes
/// gets past the parser and into the graph. Run under the sanitizers it must find nothing.
namespace ixyflow::test {
namespace {

// What files are made of, and what stands at the ends of ranges.
const std::vector<std::string> kWords = {"[",
                                         "]",
                                         "{",
                                         "}",
                                         "[[",
                                         "]]",
                                         "=",
                                         ",",
                                         ".",
                                         "\"",
                                         "'",
                                         "\"\"\"",
                                         "'''",
                                         "\\",
                                         "#",
                                         "\n",
                                         "->",
                                         "=>",
                                         " ",
                                         "[0]",
                                         "[1]",
                                         "[256]",
                                         "[65536]",
                                         "[2147483648]",
                                         "[out]",
                                         "[other]",
                                         "-> step ->",
                                         "-> Discard",
                                         "ProbeEnd",
                                         "ProbeTee",
                                         "ProbeStep",
                                         "ProbeChoice",
                                         "ProbeJoin",
                                         "ProbeSource",
                                         "Tee",
                                         "Queue",
                                         "source",
                                         "sink",
                                         "step",
                                         "[elements.step]",
                                         "[elements.x]",
                                         "[ports.x]",
                                         "[cores]",
                                         "[rings]",
                                         "[params]",
                                         "[graph]",
                                         "[pipeline]",
                                         "[[test]]",
                                         "type",
                                         "driver",
                                         "port",
                                         "core",
                                         "cpu",
                                         "near",
                                         "count",
                                         "length",
                                         "full",
                                         "paths",
                                         "burst",
                                         "\"probe\"",
                                         "\"source -> step\"",
                                         "\"step -> step\"",
                                         "${x}",
                                         "${",
                                         "$$",
                                         "0",
                                         "1",
                                         "-1",
                                         "64",
                                         "255",
                                         "256",
                                         "4294967296",
                                         "9223372036854775807",
                                         "9223372036854775808",
                                         "1e308",
                                         "inf",
                                         "nan",
                                         "true",
                                         "[]",
                                         "{}",
                                         "1979-05-27",
                                         "\"10.0.0.0/8\"",
                                         "\"1.2.3.4\"",
                                         "\"02:00:00:00:00:01\"",
                                         "\xff",
                                         "\xc3\xa4",
                                         "\r\n"};

class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::string mutate(std::string text) {
    for (std::uint32_t i = 1 + below(4); i > 0; --i) step(text);
    return text;
  }

  std::uint32_t below(std::size_t end) {
    return static_cast<std::uint32_t>(random_() % std::max<std::size_t>(end, 1));
  }

 private:
  void step(std::string& text) {
    switch (below(7)) {
      case 0:
        return erase(text);
      case 1:
        return static_cast<void>(text.insert(below(text.size() + 1), word()));
      case 2:
        return replace_word(text);
      case 3:
        return static_cast<void>(text.insert(line_start(text), line(text)));
      case 4:
        return static_cast<void>(text.insert(line_start(text), word() + " = " + word() + "\n"));
      case 5:
        return swap_words(text);
      default:
        if (!text.empty()) text[below(text.size())] = static_cast<char>(below(256));
    }
  }

  std::string word() { return kWords[below(kWords.size())]; }

  void erase(std::string& text) {
    if (!text.empty()) text.erase(below(text.size()), 1 + below(12));
  }
  std::size_t line_start(const std::string& text) {
    const std::size_t at = text.rfind('\n', below(text.size() + 1));
    return at == std::string::npos ? 0 : at + 1;
  }
  std::string line(const std::string& text) {
    const std::size_t start = line_start(text);
    return text.substr(start, text.find('\n', start) - start) + "\n";
  }
  /// Begin and length of something between blanks.
  std::pair<std::size_t, std::size_t> some_word(const std::string& text) {
    const std::size_t at = text.find_first_not_of(" \n\",[]", below(text.size()));
    if (at == std::string::npos) return {text.size(), 0};
    return {at, std::min(text.find_first_of(" \n\",[]", at), text.size()) - at};
  }
  void replace_word(std::string& text) {
    const auto [at, length] = some_word(text);
    text.replace(at, length, word());
  }
  void swap_words(std::string& text) {
    const auto [from, from_length] = some_word(text);
    const std::string taken = text.substr(from, from_length);
    const auto [to, to_length] = some_word(text);
    text.replace(to, to_length, taken);
  }

  std::mt19937 random_;
};

Machine small_machine() {
  Machine machine;
  for (int i = 0; i < 4; ++i) machine.cpus.push_back({.id = i, .core = i / 2, .node = i / 2});
  machine.nodes = {{.id = 0}, {.id = 1}};
  return machine;
}

}  // namespace

TEST_CASE("A16: files made from words of the format are refused or planned, and nothing else") {
  std::vector<std::string> seeds = {
      pipeline_with(
          "ttl = 3\nmac = \"02:00:00:00:00:01\"\n[elements.tee]\ntype = \"ProbeTee\"\n"
          "[elements.choice]\ntype = \"ProbeChoice\"\ncases = { web = 1, dns = 2 }\n"
          "[elements.join]\ntype = \"ProbeJoin\"\ncore = \"b\"\n[cores]\na = { cpu = 1 }\nb = { near = \"far\" }\n"
          "[rings]\n\"choice[web] -> join\" = { length = 512, full = \"drop\" }\n[params]\nx = 1\n",
          "\"source -> step -> tee -> choice[web] -> [left]join -> sink\", \"tee[1] -> [right]join\", "
          "\"step[other] -> step\", \"choice[dns] -> ProbeEnd\""),
  };
  for (const auto& entry : std::filesystem::directory_iterator(source_path() / "pipelines"))
    if (entry.path().extension() == ".toml") seeds.push_back(*read_pipeline_text(entry.path().string()));

  constexpr std::uint32_t kSeed = 20'240'501;
  Mutator mutator(kSeed);
  const Machine machine = small_machine();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  std::size_t built_count = 0;
  for (std::size_t round = 0; std::chrono::steady_clock::now() < end; ++round) {
    const std::string text = mutator.mutate(seeds[mutator.below(seeds.size())]);
    Built built = build(text);
    if (built.pipeline.has_value() != built.diagnostics.ok())
      FAIL("round " << round << "\n" << text << "\n" << built.text());
    if (!built.pipeline) continue;
    ++built_count;
    const auto plan = make_plan(*built.pipeline, machine, {}, built.diagnostics);
    if (plan.has_value() != built.diagnostics.ok())
      FAIL("round " << round << "\n" << text << "\n" << built.text());
  }
  CHECK(built_count > 10);
}

}  // namespace ixyflow::test
