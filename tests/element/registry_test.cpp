#include "core/element/registry.hpp"

#include <catch2/catch.hpp>

#include "core/element/packet_element.hpp"

namespace ixyflow::test {
namespace {

std::unique_ptr<ElementSpec> spec_called(std::string name, std::string doc = {}) {
  auto spec = std::make_unique<ElementSpec>();
  spec->name = std::move(name);
  spec->doc = std::move(doc);
  return spec;
}

class Sample final : public PacketElement<Sample> {
 public:
  static void describe(Spec<Sample>& spec) { spec.doc("Passes.").output(0, "out"); }
  PortIndex handle(Packet&) noexcept { return 0; }
};

}  // namespace

TEST_CASE("a type is found by its name, and the list is sorted") {
  ElementRegistry registry;
  registry.add(spec_called("Zebra"));
  registry.add(spec_called("Ant"));
  CHECK(registry.find("Zebra") != nullptr);
  CHECK(registry.find("Zeb") == nullptr);
  CHECK(registry.find("") == nullptr);
  CHECK(registry.names() == std::vector<std::string>{"Ant", "Zebra"});
  CHECK(registry.all().front()->name == "Ant");
}

TEST_CASE("C3: a name that is taken is not replaced but reported, once") {
  ElementRegistry registry;
  registry.add(spec_called("Ant", "the first"));
  registry.add(spec_called("Ant", "the second"));
  CHECK(registry.find("Ant")->doc == "the first");
  CHECK(registry.take_conflicts() == std::vector<std::string>{"Ant"});
  CHECK(registry.take_conflicts().empty());
}

TEST_CASE("a registered class knows what it overrides") {
  const ElementRegistration<Sample> registration("Sample");
  const ElementSpec* spec = ElementRegistry::instance().find("Sample");
  REQUIRE(spec != nullptr);
  CHECK(spec->processes);
  CHECK_FALSE(spec->polls);
  REQUIRE(spec->inputs.size() == 1);
  CHECK(spec->inputs[0].name == "in");
  CHECK(spec->create() != nullptr);
}

TEST_CASE(
    "a mistake of a configuration names the element and is placed at the parameter, else at the element") {
  Diagnostics diagnostics;
  const Value::Table table = {{"ttl", {3, 1, 3}, Value(std::int64_t{1}, {3, 7, 1})}};
  Configuration configuration{
      .diagnostics = diagnostics, .parameters = table, .where = {2, 1, 4}, .owner = "element 'x'"};
  configuration.error("ttl", "wrong");
  configuration.error("other", "missing");
  REQUIRE(diagnostics.errors() == 2);
  CHECK(diagnostics.sorted()[0].where == SourceRange{2, 1, 4});
  CHECK(diagnostics.sorted()[0].text == "element 'x': missing");
  CHECK(diagnostics.sorted()[1].where == SourceRange{3, 7, 1});
  CHECK(diagnostics.sorted()[1].text == "element 'x': wrong");
}

TEST_CASE("a mistake of the element itself goes on from its name, and one of an item has the item's place") {
  Diagnostics diagnostics;
  const Value::Table table = {{"ttl", {3, 1, 3}, Value(std::int64_t{1}, {3, 7, 1})}};
  Configuration configuration{
      .diagnostics = diagnostics, .parameters = table, .where = {2, 1, 4}, .owner = "element 'x'"};
  configuration.error("", "has no output wired");
  configuration.warning("ttl", "is low");
  configuration.error_at({5, 2, 1}, "wrong pattern");
  const std::vector<Diagnostic> found = diagnostics.sorted();
  REQUIRE(found.size() == 3);
  CHECK(found[0].text == "element 'x' has no output wired");
  CHECK(found[0].where == SourceRange{2, 1, 4});
  CHECK(found[1].text == "element 'x': is low");
  CHECK(found[1].severity == Severity::warning);
  CHECK(found[1].where == SourceRange{3, 7, 1});
  CHECK(found[2].text == "element 'x': wrong pattern");
  CHECK(found[2].where == SourceRange{5, 2, 1});
}

}  // namespace ixyflow::test
