#include "tools/ixyflow/commands/live/entry_change.hpp"

namespace ixyflow::tools {
namespace {

class DeleteCommand final : public EntryChange {
 public:
  [[nodiscard]] std::string_view name() const override { return "delete"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::instances, 5}; }
  [[nodiscard]] std::string_view summary() const override {
    return "take an entry out of a resource of a running pipeline";
  }
  [[nodiscard]] std::string_view example() const override { return "ixyflow delete routes 10.1.0.0/16"; }

 private:
  [[nodiscard]] std::string method() const override { return "resources.delete"; }
};

IXYFLOW_COMMAND(DeleteCommand);

}  // namespace
}  // namespace ixyflow::tools
