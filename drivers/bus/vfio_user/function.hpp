#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/os/file_descriptor.hpp"
#include "drivers/bus/pci_function.hpp"
#include "drivers/bus/region.hpp"
#include "drivers/bus/vfio_user/channel.hpp"

namespace ixyflow::drivers {

/// A function that a device model serves.
class VfioUserFunction final : public PciFunction {
 public:
  VfioUserFunction(std::unique_ptr<VfioUserChannel> channel, std::string_view path);
  ~VfioUserFunction() override;

  /// Agrees on the version and asks what the model is.
  Result<void> begin();

  Result<std::uint32_t> read_config(std::uint32_t offset, std::uint32_t bytes) override;
  Result<void> write_config(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes) override;
  Result<std::unique_ptr<Bar>> open_bar(unsigned index, std::size_t minimum) override;
  Result<void> map(const DmaMemory& memory) override;
  void unmap(const DmaMemory& memory) noexcept override;
  [[nodiscard]] DeviceAddresses addresses() const noexcept override { return DeviceAddresses::linear; }
  Result<bool> reset() override;
  Result<int> interrupt(unsigned vector) override;
  void settle() noexcept override { static_cast<void>(channel_->settle()); }
  [[nodiscard]] bool gone() const noexcept override { return channel_->gone() || memory_vanished(); }
  [[nodiscard]] std::string why_gone() const override;

 private:
  struct Eventfd {
    unsigned vector;
    FileDescriptor fd;
  };

  /// Sends a request; the error says for what.
  Result<VfioUserReply> ask(std::string_view what, const VfioUserRequest& request);
  Result<void> agree_on_version();
  Result<std::pair<Region, FileDescriptor>> region(unsigned index);
  Result<void> check_config_access(std::uint32_t offset, std::uint32_t bytes) const;
  [[nodiscard]] bool memory_vanished() const noexcept;
  void unmap_pieces(std::span<const DmaMemory::Piece> pieces) noexcept;

  std::unique_ptr<VfioUserChannel> channel_;
  std::string name_;
  std::uint64_t config_size_ = 0;
  bool begun_ = false;  ///< it has told what it is
  bool resettable_ = false;
  std::vector<const DmaMemory*> memory_;
  std::vector<DmaMemory::Piece> mapped_;  ///< what of it the model can reach now
  std::vector<Eventfd> eventfds_;
};

/// The function that a device model serves at the socket `path`. Errors: unavailable, refused, configuration.
Result<std::unique_ptr<PciFunction>> open_vfio_user(const std::string& path, const PciOptions& options);

/// The bytes of a part of a message.
template <class T>
std::span<const std::byte> bytes_of(const T& value) noexcept {
  return std::as_bytes(std::span(&value, 1));
}

}  // namespace ixyflow::drivers
