#include "drivers/virtio/driver/control_queue.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstring>

#include "core/os/waiting/time_budget.hpp"
#include "core/os/waiting/waiting.hpp"
#include "drivers/bus/barriers.hpp"

namespace ixyflow::drivers::virtio {

namespace {

constexpr std::chrono::milliseconds kPatience{1000};
constexpr std::byte kOk{0};
constexpr std::byte kNoAnswer{0xff};
/// Where the parts of a command lie in the buffer.
constexpr std::size_t kAnswer = 2;
constexpr std::size_t kData = 64;

}  // namespace

void ControlQueue::set_up(const QueueMemory& memory, const QueueFormat& format,
                          std::uint32_t descriptors) noexcept {
  QueueFormat whole = format;
  whole.header_apart = false;
  lay_out(memory, whole, {descriptors, descriptors});
  clear_ring();
  const std::size_t offset = memory_bytes(descriptors) - kPage;
  buffer_ = memory.bytes.data() + offset;
  buffer_address_ = memory.address + offset;
  next_ = 0;
}

Result<void> ControlQueue::send(Command command, std::span<const std::byte> data, const char* what) {
  static_assert(kData + kMostBytes <= kPage);
  if (data.size() > kMostBytes)
    return fail(ExitCode::internal, "a command is too long for the control queue");
  std::memcpy(buffer_, &command, sizeof command);
  buffer_[kAnswer] = kNoAnswer;
  std::memcpy(buffer_ + kData, data.data(), data.size());
  const std::array<Part, 3> parts{{{buffer_address_, sizeof command, false},
                                   {buffer_address_ + kData, static_cast<std::uint32_t>(data.size()), false},
                                   {buffer_address_ + kAnswer, 1, true}}};
  const std::uint32_t first = next_;
  packed_ ? give_packed(parts) : give(parts);
  notify(next_);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (bool late = false; !answered(first);) {
    if (late)
      return fail(
          ExitCode::unavailable,
          fmt::format("the device {}: its control queue gives no answer ({} ms)", what, kPatience.count()));
    pause_for(std::chrono::microseconds(50));
    // Looked at once more after the time is over: this thread may have slept through it.
    late = std::chrono::steady_clock::now() > until || TimeBudget::used_up();
  }
  acquire_from_device();
  const std::byte answer = read_once(buffer_[kAnswer]);
  if (answer == kOk) return {};
  return fail(ExitCode::refused,
              fmt::format("the device {}: it answers {}", what, std::to_integer<unsigned>(answer)));
}

/// Always with the first descriptors: there is one command at a time.
void ControlQueue::give(std::span<const Part> parts) noexcept {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    descriptors_[i] = {
        parts[i].address, parts[i].length,
        static_cast<std::uint16_t>((last ? 0U : split::kNext) | (parts[i].for_device ? split::kWrite : 0U)),
        static_cast<std::uint16_t>(last ? 0 : i + 1)};
  }
  write_once(available_->entries()[next_ & mask_], 0);
  ++next_;
  show(next_);
}

void ControlQueue::give_packed(std::span<const Part> parts) noexcept {
  // The first comes last: until then the device does not go on to the others.
  for (std::size_t left = parts.size(); left > 0; --left) {
    const auto i = static_cast<std::uint32_t>(left - 1);
    const std::uint32_t position = next_ + i;
    const unsigned flags =
        (left < parts.size() ? packed::kNext : 0U) | (parts[i].for_device ? packed::kWrite : 0U);
    PackedDescriptor& descriptor = packed_ring_[position & mask_];
    descriptor.address = parts[i].address;
    release_to_device();
    write_once(descriptor.rest,
               PackedWords::available(0, parts[i].length, wrap(position), static_cast<std::uint16_t>(flags)));
  }
  next_ += static_cast<std::uint32_t>(parts.size());
}

/// Whether the command that began at `first` has come back. What id it has does not matter: there is no
/// other.
bool ControlQueue::answered(std::uint32_t first) const noexcept {
  if (packed_) return PackedWords::is_used(read_once(packed_ring_[first & mask_].rest), wrap(first));
  return read_once(used_->index) == static_cast<std::uint16_t>(next_);
}

}  // namespace ixyflow::drivers::virtio
