#include "tools/ixgbe-model/wire/wires.hpp"

namespace ixyflow::model {
namespace {

class NoneWire final : public Wire {
 public:
  [[nodiscard]] bool carrier() const noexcept override { return false; }
  [[nodiscard]] std::span<const std::byte> peek() noexcept override { return {}; }
  void consume() noexcept override {}
  [[nodiscard]] bool patient() const noexcept override { return false; }
  bool send(std::span<const std::byte>) noexcept override { return true; }
};

}  // namespace

Result<std::unique_ptr<Wire>> make_none_wire(const WireOptions& options, Traffic&) {
  if (auto nothing = want_nothing(options, "none"); !nothing) return std::unexpected(nothing.error());
  return std::make_unique<NoneWire>();
}

}  // namespace ixyflow::model
