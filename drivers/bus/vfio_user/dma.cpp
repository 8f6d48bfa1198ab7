#include <fmt/format.h>
#include <linux/vfio.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/os/system_error.hpp"
#include "drivers/bus/vfio_user/function.hpp"

namespace ixyflow::drivers {

using vfio_user::Command;

namespace {

constexpr std::size_t kLenient = 64;  ///< bytes of a reply whose contents do not matter

}  // namespace

Result<void> VfioUserFunction::map(const DmaMemory& memory) {
  if (memory.addresses() == DeviceAddresses::none)
    return fail(ExitCode::internal, fmt::format("packet memory has no addresses for {}", name_));
  const auto pieces = memory.pieces();
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const vfio_user::DmaMap map{.argsz = sizeof map,
                                .flags = vfio_user::kDmaReadable | vfio_user::kDmaWritable,
                                .offset = pieces[i].file_offset,
                                .address = pieces[i].device_address,
                                .size = pieces[i].bytes.size()};
    std::array<std::byte, kLenient> room;
    const auto reply = ask(
        fmt::format("mapping {} bytes of packet memory", map.size),
        {.command = Command::dma_map, .body = bytes_of(map), .fd = memory.file_descriptor(), .reply = room});
    if (reply) {
      mapped_.push_back(pieces[i]);
      continue;
    }
    unmap_pieces(pieces.first(i));
    return std::unexpected(reply.error());
  }
  memory_.push_back(&memory);
  return {};
}

void VfioUserFunction::unmap(const DmaMemory& memory) noexcept {
  std::erase(memory_, &memory);
  unmap_pieces(memory.pieces());
}

void VfioUserFunction::unmap_pieces(std::span<const DmaMemory::Piece> pieces) noexcept {
  for (const DmaMemory::Piece& piece : pieces) {
    const vfio_user::DmaUnmap unmap{
        .argsz = sizeof unmap, .address = piece.device_address, .size = piece.bytes.size()};
    std::array<std::byte, kLenient> room;
    std::erase_if(mapped_,
                  [&](const DmaMemory::Piece& known) { return known.device_address == unmap.address; });
    static_cast<void>(
        channel_->call({.command = Command::dma_unmap, .body = bytes_of(unmap), .reply = room}));
  }
}

Result<bool> VfioUserFunction::reset() {
  if (!resettable_) return false;
  std::array<std::byte, kLenient> room;
  const auto reply = ask("reset", {.command = Command::device_reset, .reply = room});
  if (!reply) return std::unexpected(reply.error());
  if (auto off = set_bus_master(false); !off) return std::unexpected(off.error());
  return true;
}

Result<int> VfioUserFunction::interrupt(unsigned vector) {
  const auto known = std::ranges::find(eventfds_, vector, &Eventfd::vector);
  if (known != eventfds_.end()) return known->fd.get();
  vfio_user::IrqInfo info{.argsz = sizeof info, .index = VFIO_PCI_MSIX_IRQ_INDEX};
  const vfio_user::IrqInfo question = info;
  const auto told = ask("information on interrupts", {.command = Command::device_get_irq_info,
                                                      .body = bytes_of(question),
                                                      .reply = std::as_writable_bytes(std::span(&info, 1)),
                                                      .least_reply = sizeof info});
  if (!told) return std::unexpected(told.error());
  if ((info.flags & VFIO_IRQ_INFO_EVENTFD) == 0 || vector >= info.count)
    return fail(ExitCode::refused,
                fmt::format("{} has {} MSI-X vectors; number {} was asked for", name_,
                            (info.flags & VFIO_IRQ_INFO_EVENTFD) == 0 ? 0 : info.count, vector));
  FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.open())
    return fail(ExitCode::unavailable, fmt::format("cannot make an eventfd: {}", system_error_text(errno)));
  const vfio_user::IrqSet set{.argsz = sizeof set,
                              .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
                              .index = VFIO_PCI_MSIX_IRQ_INDEX,
                              .start = vector,
                              .count = 1};
  std::array<std::byte, kLenient> room;
  const auto done =
      ask(fmt::format("interrupt {}", vector),
          {.command = Command::device_set_irqs, .body = bytes_of(set), .fd = event.get(), .reply = room});
  if (!done) return std::unexpected(done.error());
  return eventfds_.emplace_back(Eventfd{vector, std::move(event)}).fd.get();
}

}  // namespace ixyflow::drivers
