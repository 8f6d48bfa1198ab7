#include "drivers/bus/sysfs/after_death.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <span>

#include "core/os/file_descriptor.hpp"
#include "core/os/system_error.hpp"
#include "drivers/bus/pci_config.hpp"

namespace ixyflow::drivers {

namespace {

bool has_driver(int folder) noexcept {
  struct stat status {};
  return ::fstatat(folder, "driver", &status, AT_SYMLINK_NOFOLLOW) == 0;
}

// In the guardian, which lets nobody do anything by them that the descriptors do not allow anyway.

void stop_dma(std::span<const int> descriptors, std::span<const std::byte> /*data*/) noexcept {
  if (descriptors.size() != 2 || has_driver(descriptors[1])) return;
  std::uint16_t command = 0;
  if (::pread(descriptors[0], &command, sizeof command, kPciCommand) != sizeof command || command == 0xffff)
    return;
  command = static_cast<std::uint16_t>(command & ~kPciBusMaster);
  [[maybe_unused]] const ssize_t written = ::pwrite(descriptors[0], &command, sizeof command, kPciCommand);
}

void bind_again(std::span<const int> descriptors, std::span<const std::byte> address) noexcept {
  if (descriptors.size() < 2 || has_driver(descriptors[0])) return;
  [[maybe_unused]] const ssize_t written = ::write(descriptors[1], address.data(), address.size());
}

const GuardianDuty kStopDma(stop_dma);
const GuardianDuty kBindAgain(bind_again);

}  // namespace

Result<std::vector<GuardianAct>> leave_function_to_guardian(const std::string& folder,
                                                            const std::string& address,
                                                            const std::string& bind_file, int config,
                                                            int lock) {
  using enum GuardianAct::Turn;
  std::vector<GuardianAct> acts;
  const FileDescriptor place(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  auto left = GuardianAct::leave(kStopDma, first, std::array{config, place.get()});
  if (!left) return std::unexpected(left.error());
  acts.push_back(std::move(*left));
  if (bind_file.empty()) {
    left = GuardianAct::keep(lock);
  } else {
    const FileDescriptor bind(::open(bind_file.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!bind.open())
      return fail(ExitCode::refused, fmt::format("cannot open '{}', which gives {} back: {}", bind_file,
                                                 address, system_error_text(errno)));
    left = GuardianAct::leave(kBindAgain, second, std::array{place.get(), bind.get(), lock},
                              std::as_bytes(std::span(address)));
  }
  if (!left) return std::unexpected(left.error());
  acts.push_back(std::move(*left));
  return acts;
}

}  // namespace ixyflow::drivers
