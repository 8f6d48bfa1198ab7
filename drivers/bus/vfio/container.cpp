#include "drivers/bus/vfio/container.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include <cerrno>

#include "core/os/system_error.hpp"

namespace ixyflow::drivers {

namespace {

constexpr const char* kFile = "/dev/vfio/vfio";

}  // namespace

VfioGroup::~VfioGroup() {
  container_->remove(*this);
}

Result<void> VfioContainer::open() {
  fd_ = FileDescriptor(::open(kFile, O_RDWR | O_CLOEXEC));
  if (!fd_.open()) {
    const int error = errno;
    const bool right = error == EACCES || error == EPERM;
    return fail(right ? ExitCode::refused : ExitCode::unavailable,
                fmt::format("cannot open '{}': {}{}", kFile, system_error_text(error),
                            right ? fmt::format("; sudo chmod 666 {} lets everybody use it", kFile)
                                  : "; sudo modprobe vfio-pci loads VFIO"));
  }
  if (::ioctl(fd_.get(), VFIO_GET_API_VERSION) != VFIO_API_VERSION)
    return fail(ExitCode::unavailable, "the kernel's VFIO has another version than 0");
  if (::ioctl(fd_.get(), VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) != 1)
    return fail(ExitCode::unavailable, "the kernel's VFIO knows no IOMMU of type 1, version 2");
  return {};
}

Result<void> VfioContainer::add(VfioGroup& group) {
  const std::lock_guard lock(mutex_);
  int container = fd_.get();
  if (::ioctl(group.fd_.get(), VFIO_GROUP_SET_CONTAINER, &container) != 0)
    return fail(ExitCode::unavailable, fmt::format("cannot use IOMMU group {} beside the devices in use: {}",
                                                   group.number_, system_error_text(errno)));
  // The kernel forgets the kind of IOMMU and all mappings with the last group that leaves.
  if (members_ == 0 && ::ioctl(fd_.get(), VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) != 0) {
    const int error = errno;
    return fail(
        error == EPERM ? ExitCode::refused : ExitCode::unavailable,
        fmt::format("cannot use the IOMMU for group {}: {}{}", group.number_, system_error_text(error),
                    error == EPERM ? "; it cannot keep interrupts apart, which the kernel accepts with "
                                     "vfio_iommu_type1.allow_unsafe_interrupts=1"
                                   : ""));
  }
  ++members_;
  group.member_ = true;
  return {};
}

void VfioContainer::remove(VfioGroup& group) noexcept {
  const std::lock_guard lock(mutex_);
  const bool member = group.member_;
  group.fd_.reset();
  if (member && --members_ == 0) mappings_.clear();
}

Error VfioContainer::map_error(const DmaMemory::Piece& piece, int error) const {
  const std::size_t bytes = piece.bytes.size();
  rlimit limit{};
  ::getrlimit(RLIMIT_MEMLOCK, &limit);
  if (error == ENOMEM && limit.rlim_cur != RLIM_INFINITY) {
    std::size_t needed = bytes;
    for (const auto& [address, mapping] : mappings_) needed += mapping.bytes;
    return {ExitCode::refused,
            fmt::format("devices need {} bytes of locked memory so far, the limit is {} bytes: raise it with "
                        "'ulimit -l {}' or unlimited (for good: LimitMEMLOCK of the service, or "
                        "/etc/security/limits.conf)",
                        needed, limit.rlim_cur, (needed + 1023) / 1024)};
  }
  return {ExitCode::configuration,
          fmt::format("cannot map {} bytes of packet memory for devices at {:#x}: {}{}", bytes,
                      piece.device_address, system_error_text(error),
                      error == EINVAL   ? "; the IOMMU may not be able to have such addresses"
                      : error == ENOSPC ? "; see the parameter dma_entry_limit of vfio_iommu_type1"
                                        : "")};
}

Result<void> VfioContainer::map(const DmaMemory::Piece& piece) {
  const std::lock_guard lock(mutex_);
  if (const auto known = mappings_.find(piece.device_address); known != mappings_.end()) {
    Mapping& mapping = known->second;
    if (mapping.memory != piece.bytes.data() || mapping.bytes != piece.bytes.size())
      return fail(ExitCode::internal, fmt::format("two packet memories have the same device address {:#x}",
                                                  piece.device_address));
    ++mapping.users;
    return {};
  }
  vfio_iommu_type1_dma_map request{};
  request.argsz = sizeof request;
  request.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
  request.vaddr = reinterpret_cast<std::uintptr_t>(piece.bytes.data());
  request.iova = piece.device_address;
  request.size = piece.bytes.size();
  if (::ioctl(fd_.get(), VFIO_IOMMU_MAP_DMA, &request) != 0) return std::unexpected(map_error(piece, errno));
  mappings_[piece.device_address] = {.memory = piece.bytes.data(), .bytes = piece.bytes.size(), .users = 1};
  return {};
}

void VfioContainer::unmap(const DmaMemory::Piece& piece) noexcept {
  const std::lock_guard lock(mutex_);
  const auto known = mappings_.find(piece.device_address);
  if (known == mappings_.end() || --known->second.users != 0) return;
  vfio_iommu_type1_dma_unmap request{};
  request.argsz = sizeof request;
  request.iova = piece.device_address;
  request.size = known->second.bytes;
  static_cast<void>(::ioctl(fd_.get(), VFIO_IOMMU_UNMAP_DMA, &request));
  mappings_.erase(known);
}

}  // namespace ixyflow::drivers
