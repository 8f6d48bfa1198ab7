#pragma once

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/load.hpp"

namespace ixyflow::test {

/// What became of a pipeline text.
struct Built {
  Diagnostics diagnostics;
  std::optional<Pipeline> pipeline;

  [[nodiscard]] std::string text() const { return diagnostics.render(); }
};

/// Parses and builds `text` as a file called "p.toml".
inline Built build(std::string text, const LoadOptions& options = {}) {
  Built built{.diagnostics = Diagnostics("p.toml", text), .pipeline = {}};
  if (const auto file = parse_pipeline("p.toml", std::move(text), built.diagnostics))
    built.pipeline = build_pipeline(*file, options, built.diagnostics);
  return built;
}

/// A text without its marks «, and the places behind them.
struct Marked {
  std::string text;
  std::vector<SourceRange> places;
};

inline Marked unmark(std::string_view marked) {
  constexpr std::string_view kMark = "«";
  Marked result;
  SourceRange at{1, 1, 1};
  for (std::size_t i = 0; i < marked.size(); ++i) {
    if (marked.substr(i).starts_with(kMark)) {
      result.places.push_back(at);
      i += kMark.size() - 1;
      continue;
    }
    result.text += marked[i];
    if (marked[i] == '\n')
      ++at.line, at.column = 1;
    else if ((static_cast<unsigned char>(marked[i]) & 0xc0) != 0x80)
      ++at.column;
  }
  return result;
}

/// Builds a text in which « stands before what must be reported with `message` as part of its text (or hint),
/// and checks that this is the only error.
inline void check_refused(std::string_view marked, std::string_view message,
                          const LoadOptions& options = {}) {
  const auto [text, places] = unmark(marked);
  const SourceRange expected = places.empty() ? SourceRange() : places.front();
  const Built built = build(text, options);
  INFO(text << "\n--- said:\n" << built.text());
  REQUIRE_FALSE(built.pipeline.has_value());
  REQUIRE(built.diagnostics.errors() == 1);
  for (const Diagnostic& entry : built.diagnostics.sorted()) {
    if (entry.severity != Severity::error) continue;
    CHECK(entry.where.line == expected.line);
    CHECK(entry.where.column == expected.column);
    CHECK_THAT(entry.text + " | " + entry.hint, Catch::Contains(std::string(message)));
  }
}

/// Builds a text that must be right and returns the pipeline.
inline Pipeline check_accepted(std::string text, const LoadOptions& options = {}) {
  INFO(text);
  Built built = build(std::move(text), options);
  INFO(built.text());
  REQUIRE(built.pipeline.has_value());
  return std::move(*built.pipeline);
}

/// A small pipeline that is right: `source -> step -> sink`, with `more` behind it.
inline std::string pipeline_with(std::string_view more,
                                 std::string_view paths = "\"source -> step -> sink\"") {
  return "[ports.near]\ndriver = \"probe\"\n[ports.far]\ndriver = \"probe\"\n"
         "[elements.source]\ntype = \"ProbeSource\"\nport = \"near\"\n"
         "[elements.sink]\ntype = \"ProbeSink\"\nport = \"far\"\n"
         "[elements.step]\ntype = \"ProbeStep\"\n" +
         std::string(more) + "\n[graph]\npaths = [" + std::string(paths) + "]\n";
}

}  // namespace ixyflow::test
