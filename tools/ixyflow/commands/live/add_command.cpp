#include "tools/ixyflow/commands/live/entry_change.hpp"

namespace ixyflow::tools {
namespace {

class AddCommand final : public EntryChange {
 public:
  [[nodiscard]] std::string_view name() const override { return "add"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::instances, 4}; }
  [[nodiscard]] std::string_view summary() const override {
    return "put an entry into a resource of a running pipeline";
  }
  [[nodiscard]] std::string_view example() const override { return "ixyflow add routes '10.1.0.0/16 2'"; }

 private:
  [[nodiscard]] std::string method() const override { return "resources.add"; }
};

IXYFLOW_COMMAND(AddCommand);

}  // namespace
}  // namespace ixyflow::tools
