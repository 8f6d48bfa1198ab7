#include <fmt/format.h>

#include <array>

#include "tools/ixgbe-model/wire/frame_ring.hpp"
#include "tools/ixgbe-model/wire/wires.hpp"

namespace ixyflow::model {
namespace {

/// What both ends of a cable share.
struct Cable {
  struct Direction {
    FrameRing frames;
    bool light = true;  ///< of who sends in this direction
    std::uint64_t sent = 0;
  };
  std::array<Direction, 2> directions;
};

class PairWire final : public Wire {
 public:
  PairWire(std::shared_ptr<Cable> cable, std::size_t end)
      : cable_(std::move(cable)), out_(cable_->directions[end]), in_(cable_->directions[1 - end]) {}

  [[nodiscard]] bool carrier() const noexcept override { return in_.light; }
  void set_light(bool on) noexcept override { out_.light = on; }
  [[nodiscard]] std::span<const std::byte> peek() noexcept override { return in_.frames.front(); }
  void consume() noexcept override { in_.frames.pop(); }
  [[nodiscard]] bool patient() const noexcept override { return false; }
  bool send(std::span<const std::byte> frame) noexcept override {
    const bool room = out_.frames.push(frame);
    out_.sent += room ? 1 : 0;
    return room;
  }
  [[nodiscard]] std::string status() const override { return fmt::format("wire_sent {}\n", out_.sent); }

 private:
  std::shared_ptr<Cable> cable_;
  Cable::Direction& out_;
  Cable::Direction& in_;
};

}  // namespace

std::pair<std::unique_ptr<Wire>, std::unique_ptr<Wire>> make_pair_wires() {
  auto cable = std::make_shared<Cable>();
  return {std::make_unique<PairWire>(cable, 0), std::make_unique<PairWire>(cable, 1)};
}

}  // namespace ixyflow::model
