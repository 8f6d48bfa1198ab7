#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <utility>

#include "tools/ixyflow/command_line/command.hpp"

namespace ixyflow::tools {
namespace {

TEST_CASE("every command has a name and a place of its own, and comes in the order of its place") {
  const Commands commands = make_commands();
  REQUIRE(commands.size() > 10);
  std::set<std::string> names;
  std::set<CommandPlace> places;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    INFO(commands[i]->name());
    CHECK(names.emplace(commands[i]->name()).second);
    CHECK(places.insert(commands[i]->place()).second);
    if (i > 0) CHECK(commands[i - 1]->place() < commands[i]->place());
  }
}

TEST_CASE("a command is known by its registration alone") {
  class Extra final : public Command {
    [[nodiscard]] std::string_view name() const override { return "extra"; }
    [[nodiscard]] CommandPlace place() const override { return {CommandGroup::machine, 255}; }
    [[nodiscard]] std::string_view summary() const override { return "of this test"; }
    [[nodiscard]] std::string_view example() const override { return "ixyflow extra"; }
    void declare(CommandLine&) override {}
    ExitCode run(Console&) override { return ExitCode::ok; }
  };
  const std::size_t before = make_commands().size();
  IXYFLOW_COMMAND(Extra);
  const Commands commands = make_commands();
  CHECK(commands.size() == before + 1);
  CHECK(commands.back()->name() == "extra");
}

}  // namespace
}  // namespace ixyflow::tools
