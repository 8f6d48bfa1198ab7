#include "drivers/bus/vfio_user/function.hpp"

#include <fmt/format.h>
#include <linux/vfio.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/base/diagnostics.hpp"
#include "drivers/bus/pci_config.hpp"
#include "drivers/bus/vfio_user/bar.hpp"

namespace ixyflow::drivers {

using vfio_user::Command;

VfioUserFunction::VfioUserFunction(std::unique_ptr<VfioUserChannel> channel, std::string_view path)
    : channel_(std::move(channel)), name_(fmt::format("the device model at '{}'", printable(path))) {}

std::string VfioUserFunction::why_gone() const {
  if (memory_vanished()) return "a peer that shares packet memory has taken a page of it away";
  return gone() ? fmt::format("{} {}", name_, channel_->end_text()) : "";
}

bool VfioUserFunction::memory_vanished() const noexcept {
  return std::ranges::any_of(memory_, &DmaMemory::vanished);
}

/// The model has answered, so it touches no memory any more, when this returns.
VfioUserFunction::~VfioUserFunction() {
  if (!begun_ || channel_->gone()) return;
  static_cast<void>(set_bus_master(false));
  const auto left = std::move(mapped_);
  unmap_pieces(left);
}

Result<VfioUserReply> VfioUserFunction::ask(std::string_view what, const VfioUserRequest& request) {
  VfioUserReply reply = channel_->call(request);
  if (reply.trouble == Trouble::none) return reply;
  return fail(
      ExitCode::unavailable,
      fmt::format("{} {} ({})", name_, describe(reply.trouble, reply.error, channel_->patience()), what));
}

Result<void> VfioUserFunction::agree_on_version() {
  static constexpr char kCapabilities[] =
      R"({"capabilities":{"max_msg_fds":8,"max_data_xfer_size":1048576}})";
  static_assert(vfio_user::kMaxMessageFds == 8 && vfio_user::kMaxTransfer == 1048576);
  const vfio_user::Version ours;
  // What the model can do beyond the protocol's minimum is not used, so its text is not read.
  std::array<std::byte, 16384> room;
  const auto reply = ask("version", {.command = Command::version,
                                     .body = bytes_of(ours),
                                     .data = bytes_of(kCapabilities),
                                     .reply = room,
                                     .least_reply = sizeof ours});
  if (!reply) return std::unexpected(reply.error());
  vfio_user::Version theirs;
  std::memcpy(&theirs, room.data(), sizeof theirs);
  if (theirs.major != vfio_user::kMajor)
    return fail(ExitCode::unavailable, fmt::format("{} speaks version {}.{} of vfio-user, not {}.x", name_,
                                                   theirs.major, theirs.minor, vfio_user::kMajor));
  return {};
}

Result<void> VfioUserFunction::begin() {
  if (auto agreed = agree_on_version(); !agreed) return agreed;
  vfio_user::DeviceInfo info{.argsz = sizeof info};
  const auto reply = ask("device information", {.command = Command::device_get_info,
                                                .body = bytes_of(vfio_user::DeviceInfo{.argsz = sizeof info}),
                                                .reply = std::as_writable_bytes(std::span(&info, 1)),
                                                .least_reply = sizeof info});
  if (!reply) return std::unexpected(reply.error());
  if ((info.flags & VFIO_DEVICE_FLAGS_PCI) == 0 || info.regions < VFIO_PCI_NUM_REGIONS ||
      info.irqs < VFIO_PCI_NUM_IRQS)
    return fail(
        ExitCode::unavailable,
        fmt::format("{} is no PCI device: it has {} regions and {} kinds of interrupts; a PCI device has at "
                    "least {} and {}",
                    name_, info.regions, info.irqs, static_cast<unsigned>(VFIO_PCI_NUM_REGIONS),
                    static_cast<unsigned>(VFIO_PCI_NUM_IRQS)));
  resettable_ = (info.flags & VFIO_DEVICE_FLAGS_RESET) != 0;
  const auto config = region(VFIO_PCI_CONFIG_REGION_INDEX);
  if (!config) return std::unexpected(config.error());
  config_size_ = config->first.size;
  if (config_size_ < kPciConfigSpace)
    return fail(ExitCode::unavailable,
                fmt::format("{} has a configuration space of {} bytes; {} are the least", name_, config_size_,
                            kPciConfigSpace));
  begun_ = true;
  return {};
}

Result<std::pair<Region, FileDescriptor>> VfioUserFunction::region(unsigned index) {
  const vfio_user::RegionInfo question{.argsz = kRegionInfoRoom, .index = index};
  std::array<std::byte, kRegionInfoRoom> room;
  auto reply =
      ask(fmt::format("information on region {}", index), {.command = Command::device_get_region_info,
                                                           .body = bytes_of(question),
                                                           .reply = room,
                                                           .least_reply = sizeof question,
                                                           .most_fds = 1});
  if (!reply) return std::unexpected(reply.error());
  auto region = parse_region(std::span(room).first(reply->bytes), name_);
  if (!region) return std::unexpected(region.error());
  return std::pair(std::move(*region), std::move(reply->fd));
}

Result<void> VfioUserFunction::check_config_access(std::uint32_t offset, std::uint32_t bytes) const {
  if ((bytes == 1 || bytes == 2 || bytes == 4) && offset % bytes == 0 && offset < config_size_) return {};
  return fail(ExitCode::internal,
              fmt::format("no configuration register has {} bytes at {:#x}", bytes, offset));
}

Result<std::uint32_t> VfioUserFunction::read_config(std::uint32_t offset, std::uint32_t bytes) {
  if (auto good = check_config_access(offset, bytes); !good) return std::unexpected(good.error());
  std::uint32_t value = 0;
  const auto reply = read_region(*channel_, VFIO_PCI_CONFIG_REGION_INDEX, offset, bytes, value);
  if (reply.trouble == Trouble::none) return value;
  return fail(ExitCode::unavailable,
              fmt::format("{} {} (reading its configuration at {:#x})", name_,
                          describe(reply.trouble, reply.error, channel_->patience()), offset));
}

Result<void> VfioUserFunction::write_config(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes) {
  if (auto good = check_config_access(offset, bytes); !good) return good;
  const auto reply = write_region(*channel_, VFIO_PCI_CONFIG_REGION_INDEX, offset, bytes, value);
  if (reply.trouble == Trouble::none) return {};
  return fail(ExitCode::unavailable,
              fmt::format("{} {} (writing its configuration at {:#x})", name_,
                          describe(reply.trouble, reply.error, channel_->patience()), offset));
}

Result<std::unique_ptr<Bar>> VfioUserFunction::open_bar(unsigned index, std::size_t minimum) {
  if (index > VFIO_PCI_BAR5_REGION_INDEX)
    return fail(ExitCode::internal, fmt::format("there is no BAR {}: they are 0 to 5", index));
  const auto found = region(VFIO_PCI_BAR0_REGION_INDEX + index);
  if (!found) return std::unexpected(found.error());
  if (auto good = check_bar(found->first, index, minimum, name_); !good) return std::unexpected(good.error());
  return VfioUserBar::open(*channel_, index, found->first, found->second, name_);
}

Result<std::unique_ptr<PciFunction>> open_vfio_user(const std::string& path, const PciOptions& options) {
  const auto peers = PeerUsers::of(std::string(options.peer_user));
  if (!peers) return std::unexpected(peers.error());
  auto channel = VfioUserChannel::connect(path, options.patience, *peers);
  if (!channel) return std::unexpected(channel.error());
  auto function = std::make_unique<VfioUserFunction>(std::move(*channel), path);
  if (auto begun = function->begin(); !begun) return std::unexpected(begun.error());
  return function;
}

}  // namespace ixyflow::drivers
