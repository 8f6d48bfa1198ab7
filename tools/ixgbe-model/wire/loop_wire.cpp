#include <fmt/format.h>

#include "tools/ixgbe-model/wire/frame_ring.hpp"
#include "tools/ixgbe-model/wire/wires.hpp"

namespace ixyflow::model {
namespace {

class LoopWire final : public Wire {
 public:
  [[nodiscard]] std::span<const std::byte> peek() noexcept override { return frames_.front(); }
  void consume() noexcept override { frames_.pop(); }
  [[nodiscard]] bool patient() const noexcept override { return true; }
  bool send(std::span<const std::byte> frame) noexcept override {
    const bool room = frames_.push(frame);
    sent_ += room ? 1 : 0;
    return room;
  }
  [[nodiscard]] std::string status() const override { return fmt::format("wire_sent {}\n", sent_); }

 private:
  FrameRing frames_;
  std::uint64_t sent_ = 0;
};

}  // namespace

Result<std::unique_ptr<Wire>> make_loop_wire(const WireOptions& options, Traffic&) {
  if (auto nothing = want_nothing(options, "loop"); !nothing) return std::unexpected(nothing.error());
  return std::make_unique<LoopWire>();
}

}  // namespace ixyflow::model
