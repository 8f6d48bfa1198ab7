#include "tools/ixgbe-model/server/interrupt_lines.hpp"

#include <linux/vfio.h>
#include <poll.h>

#include <algorithm>
#include <bit>
#include <cerrno>

namespace ixyflow::model {

static_assert(InterruptLines::kCounts.size() == VFIO_PCI_NUM_IRQS);

InterruptLines::InterruptLines() {
  for (std::size_t i = 0; i < lines_.size(); ++i) lines_[i].resize(kCounts[i]);
}

vfio_user::IrqInfo InterruptLines::info(std::uint32_t index) {
  std::uint32_t flags = VFIO_IRQ_INFO_EVENTFD;
  if (index == VFIO_PCI_INTX_IRQ_INDEX) flags |= VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
  return {.argsz = sizeof(vfio_user::IrqInfo), .flags = flags, .index = index, .count = kCounts[index]};
}

bool InterruptLines::valid(const vfio_user::IrqSet& request, std::size_t data, std::size_t fds) {
  const std::uint32_t type = request.flags & VFIO_IRQ_SET_DATA_TYPE_MASK;
  const std::uint32_t action = request.flags & VFIO_IRQ_SET_ACTION_TYPE_MASK;
  const bool trigger = action == VFIO_IRQ_SET_ACTION_TRIGGER;
  if ((type | action) != request.flags || !std::has_single_bit(type) || !std::has_single_bit(action))
    return false;
  if (request.argsz < sizeof request || request.index >= kCounts.size()) return false;
  if (std::uint64_t{request.start} + request.count > kCounts[request.index]) return false;
  if (request.count == 0 && (request.start != 0 || type != VFIO_IRQ_SET_DATA_NONE || !trigger)) return false;
  if (request.index >= VFIO_PCI_ERR_IRQ_INDEX && !trigger) return false;
  if (type == VFIO_IRQ_SET_DATA_BOOL && data != request.count) return false;
  if (type != VFIO_IRQ_SET_DATA_EVENTFD) return fds == 0;
  return trigger && (fds == 0 || fds == request.count);
}

int InterruptLines::set(const vfio_user::IrqSet& request, std::span<const std::byte> data,
                        std::span<FileDescriptor> fds) {
  if (!valid(request, data.size(), fds.size())) return EINVAL;
  std::span<Line> lines = lines_[request.index];
  const std::uint32_t type = request.flags & VFIO_IRQ_SET_DATA_TYPE_MASK;
  if (request.count != 0) lines = lines.subspan(request.start, request.count);
  if (type == VFIO_IRQ_SET_DATA_EVENTFD || request.count == 0) {
    assign(lines, fds);
    return 0;
  }
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (type == VFIO_IRQ_SET_DATA_NONE || data[i] != std::byte{0}) act(request, lines[i]);
  return 0;
}

/// Without descriptors nobody listens any more.
void InterruptLines::assign(std::span<Line> lines, std::span<FileDescriptor> fds) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    lines[i] = {};
    if (!fds.empty()) lines[i].event = std::move(fds[i]);
  }
  find_kind();
}

void InterruptLines::act(const vfio_user::IrqSet& request, Line& line) {
  if ((request.flags & VFIO_IRQ_SET_ACTION_TRIGGER) != 0) {
    signal(line);
  } else if ((request.flags & VFIO_IRQ_SET_ACTION_MASK) != 0) {
    line.masked = true;
  } else {
    line.masked = false;
    if (request.index == VFIO_PCI_INTX_IRQ_INDEX) intx_unmasked_ = true;
    if (std::exchange(line.pending, false) && request.index != VFIO_PCI_INTX_IRQ_INDEX) signal(line);
  }
}

void InterruptLines::clear() noexcept {
  for (auto& lines : lines_)
    for (Line& line : lines) line = {};
  intx_unmasked_ = false;
  find_kind();
}

void InterruptLines::reset() noexcept {
  for (auto& lines : lines_)
    for (Line& line : lines) line.masked = line.pending = false;
}

void InterruptLines::raise(unsigned vector) noexcept {
  if (kind_ == Kind::none) return;
  const bool intx = kind_ == Kind::intx;
  const std::size_t index = intx                  ? VFIO_PCI_INTX_IRQ_INDEX
                            : kind_ == Kind::msix ? VFIO_PCI_MSIX_IRQ_INDEX
                                                  : VFIO_PCI_MSI_IRQ_INDEX;
  if (vector >= lines_[index].size()) return;
  Line& line = lines_[index][vector];
  if (line.masked) {
    line.pending = true;
    return;
  }
  line.masked = intx;  // masks itself until the driver says that it has looked
  signal(line);
}

std::uint64_t InterruptLines::pending() const noexcept {
  std::uint64_t bits = 0;
  const auto& lines = lines_[VFIO_PCI_MSIX_IRQ_INDEX];
  for (std::size_t i = 0; i < lines.size(); ++i) bits |= std::uint64_t{lines[i].pending} << i;
  return bits;
}

/// What the driver sent need not be an eventfd, and one that is full would block.
void InterruptLines::signal(const Line& line) noexcept {
  pollfd room{line.event.get(), POLLOUT, 0};
  if (!line.event.open() || ::poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(line.event.get(), &one, sizeof one);
}

void InterruptLines::find_kind() noexcept {
  const auto listens = [this](std::size_t index) {
    return std::ranges::any_of(lines_[index], [](const Line& line) { return line.event.open(); });
  };
  kind_ = listens(VFIO_PCI_MSIX_IRQ_INDEX)   ? Kind::msix
          : listens(VFIO_PCI_MSI_IRQ_INDEX)  ? Kind::msi
          : listens(VFIO_PCI_INTX_IRQ_INDEX) ? Kind::intx
                                             : Kind::none;
}

}  // namespace ixyflow::model
