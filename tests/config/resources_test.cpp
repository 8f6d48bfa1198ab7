#include "core/element/packet_element.hpp"
#include "core/element/resource.hpp"
#include "tests/config/config_support.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// A resource that holds one word, and may throw.
class ProbeWord final : public Resource {
 public:
  static void describe(ResourceSpecOf<ProbeWord>& spec) {
    spec.doc("A word.");
    spec.param("word", &ProbeWord::word_, "the word");
  }
  void configure(ResourceConfiguration& configuration) override {
    if (word_ == "throw") throw std::runtime_error("no word");
    if (word_ == "bad") configuration.diagnostics.error(configuration.where, configuration.owner + " is bad");
  }
  Result<void> add(std::string_view) override { return {}; }
  Result<void> remove(std::string_view) override { return {}; }
  std::vector<std::string> entries() const override { return {word_}; }

 private:
  std::string word_ = "none";
};
IXYFLOW_RESOURCE(ProbeWord);

class ProbeOther final : public Resource {
 public:
  static void describe(ResourceSpecOf<ProbeOther>& spec) { spec.doc("Another one."); }
  Result<void> add(std::string_view) override { return {}; }
  Result<void> remove(std::string_view) override { return {}; }
  std::vector<std::string> entries() const override { return {}; }
};
IXYFLOW_RESOURCE(ProbeOther);

/// Knows when it is configured what the word is.
class ProbeReader final : public PacketElement<ProbeReader> {
 public:
  static void describe(Spec<ProbeReader>& spec) {
    spec.doc("Reads a word.").output(0, "out");
    spec.resource("words", &ProbeReader::words_, "ProbeWord", "where the word is");
  }
  void configure(Configuration&) override { seen = words_->entries().front(); }
  PortIndex handle(Packet&) noexcept { return 0; }
  std::string seen;

 private:
  ResourceRef<ProbeWord> words_;
};
IXYFLOW_ELEMENT(ProbeReader);

std::string reader(const std::string& resources, const std::string& more = "words = \"w\"") {
  return pipeline_with(resources + "\n[elements.r]\ntype = \"ProbeReader\"\n" + more,
                       "\"source -> step -> r -> sink\"");
}

}  // namespace

TEST_CASE("an element finds its resource bound and configured when it is configured itself") {
  const Pipeline pipeline = check_accepted(reader("[resources.w]\ntype = \"ProbeWord\"\nword = \"hello\""));
  REQUIRE(pipeline.resources.size() == 1);
  CHECK(pipeline.resources[0].name == "w");
  for (const ElementNode& node : pipeline.elements) {
    if (node.name != "r") continue;
    CHECK(dynamic_cast<const ProbeReader&>(*node.element).seen == "hello");
    CHECK(node.resources == std::vector<std::size_t>{0});
  }
}

TEST_CASE("parameters are replaced in resources as everywhere") {
  const Pipeline pipeline =
      check_accepted(reader("[params]\nx = \"given\"\n[resources.w]\ntype = \"ProbeWord\"\nword = \"${x}\""));
  CHECK(pipeline.resources[0].resource->entries().front() == "given");
}

TEST_CASE("mistakes about resources are reported where they stand, with the nearest name") {
  const std::string good = "[resources.w]\ntype = \"ProbeWord\"";
  check_refused(reader(good, "words = «\"v\""), "there is no resource 'v'");
  check_refused(reader("[resources.words]\ntype = \"ProbeWord\"", "words = «\"wrods\""),
                "did you mean 'words'?");
  check_refused(reader(good, "words = «7"), "'words' takes a ProbeWord resource");
  check_refused(pipeline_with("[elements.«r]\ntype = \"ProbeReader\"\n", "\"source -> step -> r -> sink\""),
                "needs 'words'");
  check_refused(reader("", "words = «\"routes\""), "[resources.routes] with type = \"ProbeWord\"");
  check_refused(reader("[resources.w]\ntype = \"ProbeOther\"", "words = «\"w\""),
                "'words' takes a resource of type ProbeWord, and 'w' is of type ProbeOther");
  check_refused(reader("[resources.w]\ntype = «\"ProbeWrod\""), "did you mean 'ProbeWord'?");
  check_refused(reader("[resources.«w]\n"), "resource 'w' has no type");
  check_refused(reader("[resources.w]\ntype = «3"), "'type' takes a text");
  check_refused(reader("[resources]\n«w = 1"), "must be a table");
  check_refused(reader("[resources.w]\ntype = \"ProbeWord\"\n«wrod = \"x\""), "did you mean 'word'?");
  check_refused(reader("[resources.w]\ntype = \"ProbeWord\"\nword = «7"), "'word' takes a text");
  check_refused(reader("[resources.«w]\ntype = \"ProbeWord\"\nword = \"bad\""), "is bad");
  check_refused(reader("[resources.«w]\ntype = \"ProbeWord\"\nword = \"throw\""),
                "resource 'w' (type ProbeWord) threw an exception: no word");
  check_refused(reader(good + "\n[resources.«W]\ntype = \"ProbeWord\""), "'W' is no name for a resource");
}

TEST_CASE("a resource that nothing uses is a warning") {
  const Built built = build(pipeline_with("[resources.w]\ntype = \"ProbeWord\""));
  REQUIRE(built.pipeline.has_value());
  CHECK_THAT(built.text(), Catch::Contains("no element uses resource 'w'"));
  CHECK_THAT(build(reader("[resources.w]\ntype = \"ProbeWord\"")).text(),
             !Catch::Contains("no element uses"));
}

TEST_CASE("1,000 resources are enough, and one more is an error") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "[resources.w" + std::to_string(i) + "]\ntype = \"ProbeWord\"\n";
  check_accepted(pipeline_with(text));
  check_refused(pipeline_with(text + "[resources.«last]\ntype = \"ProbeWord\""), "more than 1000 resources");
}
