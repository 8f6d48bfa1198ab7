#include "tools/ixgbe-model/server/shared_registers.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <utility>

#include "core/os/system_error.hpp"
#include "tools/ixgbe-model/card/bus/device.hpp"

namespace ixyflow::model {
namespace {

FileDescriptor sealed_memory() {
  FileDescriptor file(::memfd_create("ixgbe-model-bar0", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.open() || ::ftruncate(file.get(), kBar0Bytes) != 0 ||
      ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return FileDescriptor();
  return file;
}

std::unexpected<Error> no_memory() {
  return fail(ExitCode::unavailable,
              fmt::format("no shared memory for the registers: {}", system_error_text(errno)));
}

}  // namespace

Result<SharedRegisters> SharedRegisters::create() {
  SharedRegisters registers;
  if (auto renewed = registers.renew(); !renewed) return std::unexpected(renewed.error());
  return registers;
}

Result<void> SharedRegisters::renew() {
  FileDescriptor file = sealed_memory();
  if (!file.open()) return no_memory();
  const int fixed = bytes_.empty() ? 0 : MAP_FIXED;
  void* place = ::mmap(bytes_.data(), kBar0Bytes, PROT_READ | PROT_WRITE, MAP_SHARED | fixed, file.get(), 0);
  if (place == MAP_FAILED) return no_memory();
  bytes_ = {static_cast<std::byte*>(place), kBar0Bytes};
  file_ = std::move(file);
  return {};
}

SharedRegisters::SharedRegisters(SharedRegisters&& other) noexcept
    : file_(std::move(other.file_)), bytes_(std::exchange(other.bytes_, {})) {}

SharedRegisters::~SharedRegisters() {
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

}  // namespace ixyflow::model
