#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/os/file_descriptor.hpp"
#include "drivers/bus/bar.hpp"
#include "drivers/bus/mapped_area.hpp"
#include "drivers/bus/region.hpp"
#include "drivers/bus/vfio_user/channel.hpp"

namespace ixyflow::drivers {

/// A BAR of a device model: pages that the model shares are mapped, everything else is a message. A write
/// waits for its reply, so that accesses arrive in the order in which they were made; one to a doorbell does
/// not. Control thread only, but for doorbells.
class VfioUserBar final : public Bar {
 public:
  /// `region` is region `index` of the model, `fd` what came with its description. Error (unavailable), with
  /// the model's name `whose` in front.
  static Result<std::unique_ptr<Bar>> open(VfioUserChannel& channel, unsigned index, const Region& region,
                                           const FileDescriptor& fd, std::string_view whose);

 private:
  VfioUserBar(VfioUserChannel& channel, unsigned index, std::size_t size)
      : Bar(size), channel_(channel), index_(index) {}
  std::uint32_t read_trapped(std::uint32_t offset, std::uint32_t bytes) noexcept override;
  void write_trapped(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes) noexcept override;
  void post_trapped(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes,
                    std::uint32_t which) noexcept override {
    channel_.post({index_, offset, bytes, value}, which);
  }

  VfioUserChannel& channel_;
  unsigned index_;
  std::vector<MappedArea> areas_;
};

/// Reads or writes `bytes` (1, 2, 4) bytes of a region of a model.
VfioUserReply read_region(VfioUserChannel& channel, unsigned region, std::uint64_t offset,
                          std::uint32_t bytes, std::uint32_t& value) noexcept;
VfioUserReply write_region(VfioUserChannel& channel, unsigned region, std::uint64_t offset,
                           std::uint32_t bytes, std::uint32_t value) noexcept;

}  // namespace ixyflow::drivers
