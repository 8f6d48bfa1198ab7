#include "drivers/bus/sysfs/function.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "core/base/messages/log.hpp"
#include "core/os/system_error.hpp"
#include "core/os/vanishing_memory.hpp"
#include "drivers/bus/inventory/past_iommu.hpp"
#include "drivers/bus/pci_config.hpp"
#include "drivers/bus/sysfs/after_death.hpp"
#include "drivers/bus/sysfs/bar.hpp"
#include "drivers/bus/sysfs/rights.hpp"
#include "drivers/bus/sysfs_files.hpp"

namespace ixyflow::drivers {

namespace {

/// What the guardian of a process that was killed may take to give the function back.
constexpr std::chrono::seconds kPatience{30};

}  // namespace

SysfsFunction::SysfsFunction(std::string address, NetworkSources sources)
    : address_(std::move(address)),
      sources_(std::move(sources)),
      folder_(pci_folder(sources_.sysfs, address_)),
      driver_link_(folder_ + "/driver") {}

SysfsFunction::~SysfsFunction() {
  last_act_.reset();
  if (!bound_driver(folder_).empty()) return;
  // Bus mastering stays off even where it was on without a driver: nobody would know what it writes to.
  if (begun_) static_cast<void>(write_config(kPciCommand, command_, 2));
  if (!driver_) return;
  if (const int error = driver_->bind(); error != 0)
    log(LogLevel::warning, fmt::format("cannot give {} back to {}: {}; 'ixyflow dev restore {}' tries again",
                                       address_, driver_->name(), system_error_text(error), address_));
}

Result<void> SysfsFunction::begin(const PciOptions& options) {
  if (!options.force)
    if (const std::string why = why_in_use(address_, sources_); !why.empty())
      return fail(
          ExitCode::refused,
          fmt::format("{} is in use: {}; nothing was changed (force = true in its port takes it anyway)",
                      address_, why));
  if (auto good = check_translation(options); !good) return good;
  if (auto good = check_rights(); !good) return good;
  return take_over();
}

/// Everything that is missing in one message.
Result<void> SysfsFunction::check_rights() const {
  std::vector<std::string> missing;
  const auto need = [&](const std::string& file) {
    if (::faccessat(AT_FDCWD, file.c_str(), W_OK, AT_EACCESS) != 0)
      missing.push_back(fmt::format("'{}' ({})", file, system_error_text(errno)));
  };
  need(folder_ + "/config");
  if (const std::string driver = bound_driver(folder_); !driver.empty()) {
    need(folder_ + "/driver/unbind");
    need(folder_ + "/driver/bind");
  }
  if (!missing.empty()) missing = {fmt::format("the right to write to {}", fmt::join(missing, ", "))};
  if (!has_capability(kSystemAdministration))
    missing.emplace_back("the right to read physical addresses (CAP_SYS_ADMIN)");
  if (missing.empty()) return {};
  return fail(
      ExitCode::refused,
      fmt::format(
          "cannot take over {}: missing is {}; run it as root, or bind the function to vfio-pci, which "
          "then works without root: sudo ixyflow dev bind {}",
          address_, fmt::join(missing, ", and "), address_));
}

/// Where an IOMMU stands between device and memory, physical addresses mean nothing to the device, unless it
/// goes past the IOMMU.
Result<void> SysfsFunction::check_translation(const PciOptions& options) const {
  if (!translated(folder_)) return {};
  if (options.past_iommu && goes_past_iommu(folder_).value_or(true)) return {};
  return fail(
      ExitCode::refused,
      fmt::format("an IOMMU translates what {} reads and writes, so that it works through VFIO only: sudo "
                  "ixyflow dev bind {}",
                  address_, address_));
}

/// Also when forced: two drivers of one device would be no use to anybody.
Result<void> SysfsFunction::take_lock() {
  auto lock = LockFile::take(sources_.locks, function_lock(address_), kPatience);
  if (lock) {
    lock_.emplace(std::move(*lock));
    return {};
  }
  if (lock.error().code != ExitCode::again)
    return fail(ExitCode::refused,
                fmt::format("cannot lock {} for this process: {}", address_, lock.error().text));
  return fail(ExitCode::refused,
              fmt::format("{} is in use: another process drives it; nothing was changed", address_));
}

Result<void> SysfsFunction::take_over() {
  if (auto locked = take_lock(); !locked) return locked;
  config_ = FileDescriptor(::open((folder_ + "/config").c_str(), O_RDWR | O_CLOEXEC));
  if (!config_.open())
    return fail(ExitCode::refused,
                fmt::format("cannot open '{}/config': {}", folder_, system_error_text(errno)));
  const std::string before = bound_driver(folder_);
  if (!before.empty()) driver_.emplace(sources_.sysfs, address_, before);
  // Before anything is changed: this process may be killed at any moment.
  if (auto left = leave_to_guardian(); !left) return left;
  if (auto free = unbind_driver(folder_, address_); !free) return free;
  const auto command = read_config(kPciCommand, 2);
  if (!command) return std::unexpected(command.error());
  if (*command == 0xffff) return fail(ExitCode::unavailable, fmt::format("{} does not answer", address_));
  command_ = static_cast<std::uint16_t>(*command & ~kPciBusMaster);
  begun_ = true;
  last_act_.emplace(&SysfsFunction::quiet, this);
  return enable_decoding();
}

Result<void> SysfsFunction::leave_to_guardian() {
  auto acts = leave_function_to_guardian(folder_, address_, driver_ ? driver_->file() : "", config_.get(),
                                         lock_->fd());
  if (!acts) return std::unexpected(acts.error());
  guardian_acts_ = std::move(*acts);
  return {};
}

/// Has the function answer at the addresses of its BARs, and be no bus master yet.
Result<void> SysfsFunction::enable_decoding() {
  std::uint32_t wanted = command_;
  for (unsigned i = 0; i < kPciBars; ++i) {
    const auto resource = sysfs_resource(folder_, i);
    if (resource && resource->bytes != 0) wanted |= resource->ports ? kPciIoSpace : kPciMemorySpace;
  }
  return write_config(kPciCommand, wanted, 2);
}

void SysfsFunction::quiet(void* self) noexcept {
  const auto& function = *static_cast<const SysfsFunction*>(self);
  [[maybe_unused]] const ssize_t written =
      ::pwrite(function.config_.get(), &function.command_, sizeof function.command_, kPciCommand);
}

Result<std::uint32_t> SysfsFunction::read_config(std::uint32_t offset, std::uint32_t bytes) {
  std::uint32_t value = 0;
  const ssize_t count = ::pread(config_.get(), &value, bytes, static_cast<off_t>(offset));
  if (count == static_cast<ssize_t>(bytes)) return value;
  return fail(ExitCode::unavailable,
              fmt::format("cannot read the configuration of {} at {:#x}: {}", address_, offset,
                          count < 0 ? system_error_text(errno) : "it ends there"));
}

Result<void> SysfsFunction::write_config(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes) {
  const ssize_t count = ::pwrite(config_.get(), &value, bytes, static_cast<off_t>(offset));
  if (count == static_cast<ssize_t>(bytes)) return {};
  return fail(ExitCode::unavailable,
              fmt::format("cannot write the configuration of {} at {:#x}: {}", address_, offset,
                          count < 0 ? system_error_text(errno) : "it ends there"));
}

Result<std::unique_ptr<Bar>> SysfsFunction::open_bar(unsigned index, std::size_t minimum) {
  return open_sysfs_bar(folder_, address_, index, minimum, gone_);
}

Result<void> SysfsFunction::map(const DmaMemory& memory) {
  if (memory.addresses() != DeviceAddresses::physical)
    return fail(ExitCode::internal, fmt::format("{} needs packet memory with physical addresses", address_));
  // It is nobody else's before the device is quiet, whatever becomes of this process.
  auto kept = GuardianAct::keep(memory.file_descriptor());
  if (!kept) return std::unexpected(kept.error());
  guardian_acts_.push_back(std::move(*kept));
  return {};
}

Result<bool> SysfsFunction::reset() {
  const std::string file = folder_ + "/reset";
  if (!exists(file)) return false;
  // The kernel keeps the configuration over a reset, bus mastering included.
  if (auto off = set_bus_master(false); !off) return std::unexpected(off.error());
  if (const int error = write_text(file, "1"); error != 0)
    return fail(error == EACCES || error == EPERM ? ExitCode::refused : ExitCode::unavailable,
                fmt::format("cannot reset {}: {}", address_, system_error_text(error)));
  return true;
}

Result<int> SysfsFunction::interrupt(unsigned /*vector*/) {
  return fail(ExitCode::refused,
              fmt::format("{} has no interrupts through sysfs; through VFIO it has: sudo ixyflow "
                          "dev bind {}",
                          address_, address_));
}

bool SysfsFunction::gone() const noexcept {
  if (gone_) return true;
  std::uint16_t vendor = 0;
  taken_ = ::access(driver_link_.c_str(), F_OK) == 0;
  const bool answers =
      ::pread(config_.get(), &vendor, sizeof vendor, kPciVendor) == sizeof vendor && vendor != 0xffff;
  if (answers && !taken_) return false;
  if (!gone_.exchange(true)) make_vanish(gone_);
  return true;
}

std::string SysfsFunction::why_gone() const {
  if (!gone()) return "";
  return fmt::format("{} {}", address_,
                     taken_ ? "was bound to a driver of the kernel while it was in use here"
                            : "does not answer any more: it was removed or has lost its power");
}

Result<std::unique_ptr<PciFunction>> open_sysfs(const std::string& address, const PciOptions& options,
                                                const NetworkSources& sources) {
  auto function = std::make_unique<SysfsFunction>(address, sources);
  if (auto begun = function->begin(options); !begun) return std::unexpected(begun.error());
  return function;
}

}  // namespace ixyflow::drivers
