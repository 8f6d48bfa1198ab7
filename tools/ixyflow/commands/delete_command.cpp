#include "tools/ixyflow/commands/commands.hpp"
#include "tools/ixyflow/commands/entry_change.hpp"

namespace ixyflow::tools {
namespace {

class DeleteCommand final : public EntryCommand {
 public:
  [[nodiscard]] std::string_view name() const override { return "delete"; }
  [[nodiscard]] std::string_view summary() const override {
    return "take an entry out of a resource of a running pipeline";
  }
  [[nodiscard]] std::string_view example() const override { return "ixyflow delete routes 10.1.0.0/16"; }

 private:
  [[nodiscard]] std::string method() const override { return "resources.delete"; }
};

}  // namespace

std::unique_ptr<Command> make_delete_command() {
  return std::make_unique<DeleteCommand>();
}

}  // namespace ixyflow::tools
