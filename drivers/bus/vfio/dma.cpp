#include <fmt/format.h>
#include <linux/vfio.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/os/system_error.hpp"
#include "drivers/bus/vfio/function.hpp"

namespace ixyflow::drivers {

namespace {

FileDescriptor make_eventfd() {
  return FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

}  // namespace

Result<void> VfioFunction::map(const DmaMemory& memory) {
  if (memory.addresses() == DeviceAddresses::none)
    return fail(ExitCode::internal, fmt::format("packet memory has no addresses for {}", address_));
  const std::lock_guard lock(mutex_);
  if (!group_) return fail(ExitCode::unavailable, fmt::format("{} is gone", address_));
  const auto pieces = memory.pieces();
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    auto mapped = group_->container().map(pieces[i]);
    if (!mapped) {
      unmap_pieces(pieces.first(i));
      return mapped;
    }
    mapped_.push_back(pieces[i]);
  }
  return {};
}

void VfioFunction::unmap(const DmaMemory& memory) noexcept {
  const std::lock_guard lock(mutex_);
  unmap_pieces(memory.pieces());
}

void VfioFunction::unmap_pieces(std::span<const DmaMemory::Piece> pieces) noexcept {
  for (const DmaMemory::Piece& piece : pieces) {
    const auto known = std::ranges::find(mapped_, piece.device_address, &DmaMemory::Piece::device_address);
    if (known == mapped_.end()) continue;
    mapped_.erase(known);
    if (group_) group_->container().unmap(piece);
  }
}

Result<void> VfioFunction::set_eventfds(unsigned index, const std::vector<int>& fds) {
  std::vector<std::byte> request(sizeof(vfio_irq_set) + fds.size() * sizeof(int));
  vfio_irq_set head{};
  head.argsz = static_cast<std::uint32_t>(request.size());
  // Without descriptors: no interrupts of this kind any more.
  head.flags =
      (fds.empty() ? VFIO_IRQ_SET_DATA_NONE : VFIO_IRQ_SET_DATA_EVENTFD) | VFIO_IRQ_SET_ACTION_TRIGGER;
  head.index = index;
  head.count = static_cast<std::uint32_t>(fds.size());
  std::memcpy(request.data(), &head, sizeof(vfio_irq_set));
  if (!fds.empty()) std::memcpy(request.data() + sizeof(vfio_irq_set), fds.data(), fds.size() * sizeof(int));
  if (::ioctl(device_.get(), VFIO_DEVICE_SET_IRQS, request.data()) == 0) return {};
  return fail(ExitCode::unavailable,
              fmt::format("cannot set up interrupts of {}: {}", address_, system_error_text(errno)));
}

/// The kernel tells when it wants the device back and when PCI Express has reported a fatal error. A kernel
/// or device without that does not tell: then the device's silence does.
void VfioFunction::watch_requests() {
  request_event_ = make_eventfd();
  error_event_ = make_eventfd();
  if (!set_eventfds(VFIO_PCI_REQ_IRQ_INDEX, {request_event_.get()})) request_event_.reset();
  if (!set_eventfds(VFIO_PCI_ERR_IRQ_INDEX, {error_event_.get()})) error_event_.reset();
}

Result<int> VfioFunction::interrupt(unsigned vector) {
  if (vector < interrupts_.size() && interrupts_[vector].open()) return interrupts_[vector].get();
  vfio_irq_info info{};
  info.argsz = sizeof info;
  info.index = VFIO_PCI_MSIX_IRQ_INDEX;
  const bool told = ::ioctl(device_.get(), VFIO_DEVICE_GET_IRQ_INFO, &info) == 0;
  if (!told || (info.flags & VFIO_IRQ_INFO_EVENTFD) == 0 || vector >= info.count)
    return fail(ExitCode::refused, fmt::format("{} has {} MSI-X vectors; number {} was asked for", address_,
                                               told ? info.count : 0, vector));
  FileDescriptor event = make_eventfd();
  if (!event.open())
    return fail(ExitCode::unavailable, fmt::format("cannot make an eventfd: {}", system_error_text(errno)));
  const bool more = vector >= interrupts_.size();
  // Kernels before 6.2 fix the number of vectors with the first call, so more of them take a new start.
  if (more && !interrupts_.empty())
    if (auto off = set_eventfds(VFIO_PCI_MSIX_IRQ_INDEX, {}); !off) return std::unexpected(off.error());
  if (more) interrupts_.resize(vector + 1);
  interrupts_[vector] = std::move(event);
  std::vector<int> fds;
  for (const FileDescriptor& fd : interrupts_) fds.push_back(fd.get());
  if (auto set = set_eventfds(VFIO_PCI_MSIX_IRQ_INDEX, fds); !set) {
    interrupts_[vector].reset();
    return std::unexpected(set.error());
  }
  return interrupts_[vector].get();
}

}  // namespace ixyflow::drivers
