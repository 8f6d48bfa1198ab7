#include "drivers/virtio/driver/device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace ixyflow::drivers::virtio {

namespace {

constexpr std::uint32_t kFewest = 8;         ///< descriptors that a queue must have to be of use
constexpr std::uint32_t kMostLegacy = 4096;  ///< descriptors of a legacy device, whose number is its own
/// Beside the MTU: an Ethernet header with two VLAN tags.
constexpr std::uint32_t kEthernetBytes = 22;

std::uint32_t ring_descriptors(std::uint32_t wanted, bool legacy) noexcept {
  return legacy ? std::max(wanted, kMostLegacy) : wanted;
}

}  // namespace

Device::Device(std::unique_ptr<Transport> transport, const Settings& settings,
               std::deque<ReceiveQueue>& receive_queues, std::deque<TransmitQueue>& transmit_queues)
    : receive(receive_queues),
      transmit(transmit_queues),
      transport_(std::move(transport)),
      settings_(settings) {}

Device::~Device() {
  for (const DmaMemory* memory : mapped_) transport_->unmap(*memory);
}

Result<std::unique_ptr<Device>> Device::open(std::unique_ptr<Transport> transport, const Settings& settings,
                                             std::deque<ReceiveQueue>& receive,
                                             std::deque<TransmitQueue>& transmit) {
  std::unique_ptr<Device> device(new Device(std::move(transport), settings, receive, transmit));
  // A peer that has yet to come is asked when it is there.
  if (!device->transport_->connected()) return device;
  if (auto agreed = device->negotiate_features(); !agreed) {
    device->transport_->cut_off();
    return std::unexpected(agreed.error());
  }
  return device;
}

std::size_t Device::queue_memory(const Settings& settings, bool legacy) noexcept {
  const std::uint32_t wanted = std::max(settings.receive_descriptors, settings.transmit_descriptors);
  const std::size_t ring = Virtqueue::memory_bytes(ring_descriptors(wanted, legacy));
  const std::size_t control =
      ControlQueue::memory_bytes(ring_descriptors(ControlQueue::kDescriptors, legacy));
  // Twice: what may be left free in front of a huge page. The control queue's is counted with every queue.
  return 2 * (ring + control + 2 * Virtqueue::kPage);
}

Result<QueueMemory> Device::take_memory(DmaMemory& memory, std::size_t bytes) {
  const std::span<std::byte> piece = memory.take_whole(bytes + Virtqueue::kPage);
  if (piece.empty())
    return fail(ExitCode::configuration, "packet memory has no room for the device's queues");
  const std::uint64_t address = memory.device_address(piece.data());
  const std::size_t skip = (Virtqueue::kPage - address % Virtqueue::kPage) % Virtqueue::kPage;
  return QueueMemory{piece.subspan(skip, bytes), address + skip};
}

Result<void> Device::use_memory(std::span<const DmaMemory* const> all, DmaMemory& own) {
  for (const DmaMemory* memory : all) {
    if (memory->all().empty()) continue;
    if (auto mapped = transport_->map(*memory); !mapped) return mapped;
    mapped_.push_back(memory);
  }
  const bool legacy = transport_->legacy();
  const auto take = [&](std::size_t bytes, QueueMemory& place) -> Result<void> {
    auto taken = take_memory(own, bytes);
    if (!taken) return std::unexpected(taken.error());
    place = *taken;
    return {};
  };
  receive_memory_.resize(receive.size());
  transmit_memory_.resize(transmit.size());
  const std::size_t receive_bytes =
      Virtqueue::memory_bytes(ring_descriptors(settings_.receive_descriptors, legacy));
  for (QueueMemory& place : receive_memory_)
    if (auto taken = take(receive_bytes, place); !taken) return taken;
  const std::size_t transmit_bytes =
      Virtqueue::memory_bytes(ring_descriptors(settings_.transmit_descriptors, legacy));
  for (QueueMemory& place : transmit_memory_)
    if (auto taken = take(transmit_bytes, place); !taken) return taken;
  const std::size_t control_bytes =
      ControlQueue::memory_bytes(ring_descriptors(ControlQueue::kDescriptors, legacy));
  if (auto taken = take(control_bytes, control_memory_); !taken) return taken;
  return agreed_ ? set_up_queues() : Result<void>();
}

Result<void> Device::reset() {
  if (auto agreed = negotiate_features(); !agreed) return agreed;
  return set_up_queues();
}

/// The length of a queue, of which the device says the most (legacy: what it is).
Result<QueueSize> Device::size_of_queue(std::uint16_t index, std::uint32_t wanted, std::uint32_t fewest) {
  const auto said = transport_->queue_size(index);
  if (!said) return std::unexpected(said.error());
  const bool legacy = transport_->legacy();
  const std::uint32_t most = legacy ? kMostLegacy : split::kMaxSize;
  const bool power_wanted = !agreement_.format.packed;
  if (*said < fewest || *said > most || (power_wanted && !std::has_single_bit(*said)))
    return fail(ExitCode::unavailable,
                fmt::format("the device says that its queue {} has {} descriptors; {} to {}{} are right",
                            index, *said, fewest, most, power_wanted ? ", a power of two," : ""));
  const std::uint32_t slots = std::min(wanted, std::bit_floor(std::uint32_t{*said}));
  return QueueSize{legacy ? *said : slots, slots};
}

Result<void> Device::set_up_queues() {
  for (std::size_t i = 0; i < receive.size(); ++i) {
    const auto size =
        size_of_queue(static_cast<std::uint16_t>(2 * i), settings_.receive_descriptors, kFewest);
    if (!size) return std::unexpected(size.error());
    receive[i].set_up({.memory = receive_memory_[i],
                       .format = agreement_.format,
                       .size = *size,
                       .data_room = settings_.data_room,
                       .mergeable = agreement_.has(feature::kMrgRxbuf),
                       .checksums = agreement_.has(feature::kGuestCsum)});
  }
  const std::uint32_t fewest_to_transmit = kFewestToTransmit << (agreement_.format.header_apart ? 1 : 0);
  for (std::size_t i = 0; i < transmit.size(); ++i) {
    const auto size = size_of_queue(static_cast<std::uint16_t>(2 * i + 1), settings_.transmit_descriptors,
                                    fewest_to_transmit);
    if (!size) return std::unexpected(size.error());
    transmit[i].set_up(
        {.memory = transmit_memory_[i],
         .format = agreement_.format,
         .size = *size,
         .longest = agreement_.mtu ? *agreement_.mtu + kEthernetBytes : TransmitQueue::kLongest,
         .checksums = settings_.transmit_checksums,
         .device_checksums = agreement_.has(feature::kCsum)});
  }
  if (!agreement_.has(feature::kCtrlVq)) {
    constexpr QueueSize kShort{ControlQueue::kDescriptors, ControlQueue::kDescriptors};
    idle_.set_up({.memory = control_memory_, .format = agreement_.format, .size = kShort});
    idle_.fill();
    return {};
  }
  const auto size = size_of_queue(control_index(), ControlQueue::kDescriptors, kFewest);
  if (!size) return std::unexpected(size.error());
  control_.set_up(control_memory_, agreement_.format, size->descriptors);
  return {};
}

/// 5.1.2: behind all pairs that the device has, whether they are used or not.
std::uint16_t Device::control_index() const noexcept {
  return static_cast<std::uint16_t>(2 * agreement_.most_pairs);
}

/// 3.1.1, steps 7 and 8
Result<void> Device::bring_up() {
  std::vector<Notifier> notifiers;
  const auto start = [&](const Virtqueue& queue, std::size_t index) -> Result<void> {
    auto started = transport_->start_queue(queue.place(static_cast<std::uint16_t>(index)));
    if (!started) return std::unexpected(started.error());
    notifiers.push_back(*started);
    return {};
  };
  for (std::size_t i = 0; i < receive.size(); ++i)
    if (auto done = start(receive[i], 2 * i); !done) return done;
  for (std::size_t i = 0; i < transmit.size(); ++i)
    if (auto done = start(transmit[i], 2 * i + 1); !done) return done;
  // Peers of vhost-user serve whole pairs.
  const std::size_t pairs = transport_->started_pairs_work() ? std::max(receive.size(), transmit.size()) : 0;
  for (std::size_t i = receive.size(); i < pairs; ++i)
    if (auto done = start(idle_, 2 * i); !done) return done;
  for (std::size_t i = transmit.size(); i < pairs; ++i)
    if (auto done = start(idle_, 2 * i + 1); !done) return done;
  const bool control = agreement_.has(feature::kCtrlVq);
  if (control) {
    if (auto done = start(control_, control_index()); !done) return done;
    control_.start(notifiers.back());
  }
  if (auto done = transport_->add_status(status::kDriverOk); !done) return done;
  if (control)
    if (auto done = configure_by_commands(); !done) return done;
  for (std::size_t i = 0; i < receive.size(); ++i) receive[i].start(notifiers[i]);
  for (std::size_t i = 0; i < transmit.size(); ++i) transmit[i].start(notifiers[receive.size() + i]);
  return {};
}

Virtqueue& Device::queue(std::uint16_t index) noexcept {
  if (index % 2 == 0) return receive[index / 2];
  return transmit[index / 2];
}

Result<void> Device::reset_queue(std::uint16_t index) {
  if (agreement_.has(feature::kRingReset)) return transport_->reset_queue(index);
  return fail(ExitCode::refused, "the device resets no single queues");
}

Result<void> Device::restart_queue(std::uint16_t index) {
  const auto notifier = transport_->start_queue(queue(index).place(index));
  if (!notifier) return std::unexpected(notifier.error());
  if (index % 2 == 0)
    receive[index / 2].start(*notifier);
  else
    transmit[index / 2].start(*notifier);
  return {};
}

Result<void> Device::take_down() {
  agreed_ = false;
  // Who is not there any more is not looked for now.
  auto quiet =
      transport_->connected() ? transport_->reset() : fail(ExitCode::unavailable, transport_->why_gone());
  // Whatever it may still want to do: without a way to memory it cannot.
  transport_->cut_off();
  return quiet;
}

}  // namespace ixyflow::drivers::virtio
