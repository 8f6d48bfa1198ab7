#include "drivers/bus/vfio/function.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/vfio.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/os/system_error.hpp"
#include "core/os/vanishing_memory.hpp"
#include "drivers/bus/device_string.hpp"
#include "drivers/bus/file_bar.hpp"
#include "drivers/bus/pci_config.hpp"
#include "drivers/bus/sysfs_files.hpp"

namespace ixyflow::drivers {

VfioFunction::VfioFunction(std::string address, std::string_view sysfs)
    : address_(std::move(address)), folder_(pci_folder(sysfs, address_)) {}

VfioFunction::~VfioFunction() {
  if (!group_) return;
  static_cast<void>(set_bus_master(false));
  unmap_pieces(std::vector(mapped_));
}

Result<void> VfioFunction::begin() {
  auto group = VfioContainer::group_of(folder_);
  if (!group) return std::unexpected(group.error());
  group_ = std::move(*group);
  nothing_ = FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (auto opened = open_device(); !opened) return opened;
  if (auto asked = ask_device(); !asked) return asked;
  watch_requests();
  const auto command = read_config(kPciCommand, 2);
  if (!command) return std::unexpected(command.error());
  if (*command == 0xffff) return fail(ExitCode::unavailable, fmt::format("{} does not answer", address_));
  return write_config(kPciCommand, (*command | kPciMemorySpace | kPciIoSpace) & ~kPciBusMaster, 2);
}

Result<void> VfioFunction::open_device() {
  device_ = FileDescriptor(::ioctl(group_->file_descriptor(), VFIO_GROUP_GET_DEVICE_FD, address_.c_str()));
  if (device_.open()) return {};
  const int error = errno;
  return fail(error == EBUSY || error == EPERM || error == EACCES ? ExitCode::refused : ExitCode::unavailable,
              fmt::format("cannot open {} through VFIO: {}{}", address_, system_error_text(error),
                          error == EBUSY ? "; it is in use already" : ""));
}

Result<void> VfioFunction::ask_device() {
  vfio_device_info info{};
  info.argsz = sizeof info;
  if (::ioctl(device_.get(), VFIO_DEVICE_GET_INFO, &info) != 0)
    return fail(ExitCode::unavailable,
                fmt::format("{} does not tell what it is: {}", address_, system_error_text(errno)));
  if ((info.flags & VFIO_DEVICE_FLAGS_PCI) == 0 || info.num_regions < VFIO_PCI_NUM_REGIONS)
    return fail(ExitCode::unavailable, fmt::format("{} is no PCI device for VFIO", address_));
  resettable_ = (info.flags & VFIO_DEVICE_FLAGS_RESET) != 0;
  auto config = region(VFIO_PCI_CONFIG_REGION_INDEX);
  if (!config) return std::unexpected(config.error());
  config_ = std::move(*config);
  return {};
}

Result<Region> VfioFunction::region(unsigned index) {
  alignas(vfio_region_info) std::array<std::byte, kRegionInfoRoom> room{};
  vfio_region_info question{};
  question.argsz = static_cast<std::uint32_t>(room.size());
  question.index = index;
  std::memcpy(room.data(), &question, sizeof question);
  if (::ioctl(device_.get(), VFIO_DEVICE_GET_REGION_INFO, room.data()) != 0)
    return fail(ExitCode::unavailable,
                fmt::format("{} does not tell of region {}: {}", address_, index, system_error_text(errno)));
  return parse_region(room, address_);
}

Result<std::uint32_t> VfioFunction::read_config(std::uint32_t offset, std::uint32_t bytes) {
  std::uint32_t value = 0;
  const ssize_t count =
      ::pread(device_.get(), &value, bytes, static_cast<off_t>(config_.file_offset + offset));
  if (offset < config_.size && count == static_cast<ssize_t>(bytes)) return value;
  return fail(ExitCode::unavailable,
              fmt::format("cannot read the configuration of {} at {:#x}: {}", address_, offset,
                          count < 0 ? system_error_text(errno) : "it is not there"));
}

Result<void> VfioFunction::write_config(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes) {
  const ssize_t count =
      ::pwrite(device_.get(), &value, bytes, static_cast<off_t>(config_.file_offset + offset));
  if (offset < config_.size && count == static_cast<ssize_t>(bytes)) return {};
  return fail(ExitCode::unavailable,
              fmt::format("cannot write the configuration of {} at {:#x}: {}", address_, offset,
                          count < 0 ? system_error_text(errno) : "it is not there"));
}

Result<std::unique_ptr<Bar>> VfioFunction::open_bar(unsigned index, std::size_t minimum) {
  if (index > VFIO_PCI_BAR5_REGION_INDEX)
    return fail(ExitCode::internal, fmt::format("there is no BAR {}: they are 0 to 5", index));
  const auto found = region(VFIO_PCI_BAR0_REGION_INDEX + index);
  if (!found) return std::unexpected(found.error());
  if (auto good = check_bar(*found, index, minimum, address_); !good) return std::unexpected(good.error());
  auto bar = std::make_unique<FileBar>(device_.get(), found->file_offset, found->size, gone_);
  for (const Region::Area& area : found->areas)
    if (const int error = bar->map(static_cast<std::uint32_t>(area.offset), area.size); error != 0)
      return fail(ExitCode::unavailable,
                  fmt::format("cannot map {:#x} bytes at {:#x} of BAR {} of {}: {}", area.size, area.offset,
                              index, address_, system_error_text(error)));
  return bar;
}

Result<bool> VfioFunction::reset() {
  if (!resettable_) return false;
  // The kernel keeps the configuration over a reset, bus mastering included.
  if (auto off = set_bus_master(false); !off) return std::unexpected(off.error());
  if (::ioctl(device_.get(), VFIO_DEVICE_RESET) != 0)
    return fail(ExitCode::unavailable,
                fmt::format("cannot reset {}: {}", address_, system_error_text(errno)));
  return true;
}

bool VfioFunction::gone() const noexcept {
  if (end_.load() != End::none) return true;
  std::array<pollfd, 2> events{{{request_event_.get(), POLLIN, 0}, {error_event_.get(), POLLIN, 0}}};
  if (::poll(events.data(), events.size(), 0) > 0) {
    give_back(events[0].revents != 0 ? End::claimed_back : End::failed);
    return true;
  }
  std::uint16_t vendor = 0;
  const ssize_t count =
      ::pread(device_.get(), &vendor, sizeof vendor, static_cast<off_t>(config_.file_offset + kPciVendor));
  if (!gone_ && count == sizeof vendor && vendor != 0xffff) return false;
  give_back(End::removed);
  return true;
}

std::string VfioFunction::why_gone() const {
  if (!gone()) return "";
  switch (end_.load()) {
    case End::claimed_back:
      return fmt::format("the kernel has asked for {} back: it is being removed or bound to another driver",
                         address_);
    case End::failed:
      return fmt::format("{} has reported an error that cannot be corrected", address_);
    default:
      return fmt::format("{} does not answer any more: it was removed or has lost its power", address_);
  }
}

/// The kernel waits until nobody has the device open or mapped. So it is closed here and now, by whatever
/// thread finds out: descriptor and pages go on to exist, with nothing behind them.
void VfioFunction::give_back(End end) const noexcept {
  const std::lock_guard lock(mutex_);
  End none = End::none;
  if (!end_.compare_exchange_strong(none, end)) return;
  const std::uint16_t quiet = kPciMemorySpace;
  [[maybe_unused]] const ssize_t written =
      ::pwrite(device_.get(), &quiet, sizeof quiet, static_cast<off_t>(config_.file_offset + kPciCommand));
  gone_ = true;
  make_vanish(gone_);
  if (nothing_.open()) ::dup3(nothing_.get(), device_.get(), O_CLOEXEC);
  group_.reset();
}

Result<std::unique_ptr<PciFunction>> open_vfio(const std::string& address, const PciOptions& /*options*/) {
  auto function = std::make_unique<VfioFunction>(address, kSysfs);
  if (auto begun = function->begin(); !begun) return std::unexpected(begun.error());
  return function;
}

}  // namespace ixyflow::drivers
