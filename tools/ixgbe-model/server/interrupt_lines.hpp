#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/os/file_descriptor.hpp"
#include "drivers/bus/vfio_user/protocol.hpp"
#include "tools/ixgbe-model/card/bus/interrupts.hpp"

namespace ixyflow::model {

inline constexpr std::uint32_t kMsixVectors = 64;  ///< per function

/// The interrupts of the function as VFIO orders them (INTx, MSI, MSI-X, errors, requests to let go), and the
/// eventfds that the driver listens at. A driver that masks vectors in the MSI-X table only does so for
/// itself: what counts here is whether an eventfd is assigned, and the masks of SET_IRQS.
class InterruptLines final : public Interrupts {
 public:
  /// How many interrupts there are of each index of VFIO.
  static constexpr std::array<std::uint32_t, 5> kCounts{1, 1, kMsixVectors, 1, 1};

  InterruptLines();

  /// What DEVICE_GET_IRQ_INFO says of `index`, which is below 5.
  [[nodiscard]] static vfio_user::IrqInfo info(std::uint32_t index);
  /// What DEVICE_SET_IRQS asks for; `data` and `fds` came with it. 0, or EINVAL. Takes the descriptors that
  /// it wants.
  int set(const vfio_user::IrqSet& request, std::span<const std::byte> data, std::span<FileDescriptor> fds);

  /// The driver has gone: nobody listens any more.
  void clear() noexcept;
  /// The function was reset: nothing is masked or pending. Eventfds stay, as with VFIO.
  void reset() noexcept;

  [[nodiscard]] Kind kind() const noexcept override { return kind_; }
  void raise(unsigned vector) noexcept override;

  /// Bit n: MSI-X vector n was raised while it was masked.
  [[nodiscard]] std::uint64_t pending() const noexcept;
  /// Whether INTx was unmasked since the last call: what asserts it must raise it again.
  [[nodiscard]] bool take_intx_unmasked() noexcept { return std::exchange(intx_unmasked_, false); }

 private:
  struct Line {
    FileDescriptor event;
    bool masked = false;
    bool pending = false;
  };

  [[nodiscard]] static bool valid(const vfio_user::IrqSet& request, std::size_t data, std::size_t fds);
  void assign(std::span<Line> lines, std::span<FileDescriptor> fds);
  void act(const vfio_user::IrqSet& request, Line& line);
  static void signal(const Line& line) noexcept;
  void find_kind() noexcept;

  std::array<std::vector<Line>, kCounts.size()> lines_;
  Kind kind_ = Kind::none;
  bool intx_unmasked_ = false;
};

}  // namespace ixyflow::model
