#include "drivers/ixgbe/card.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "drivers/bus/open/open_function.hpp"
#include "drivers/ixgbe/registers.hpp"

namespace ixyflow::drivers::ixgbe {

namespace {

constexpr std::size_t kRegisterBytes = 128 * 1024;   ///< 8.1
constexpr std::size_t kRingAlignment = 128;          ///< 8.2.3.8.1, 8.2.3.9.5
constexpr std::uint32_t kLargestBuffer = 16 * 1024;  ///< 8.2.3.8.7, BSIZEPACKET

/// What the card may write into one buffer: it counts in units of 1,024 bytes.
std::uint32_t buffer_bytes(std::uint32_t data_room) noexcept {
  return std::min(data_room, kLargestBuffer) / 1024 * 1024;
}

Result<Family> identify(PciFunction& function) {
  const auto id = function.read_config(0, 4);
  if (!id) return std::unexpected(id.error());
  const auto vendor = static_cast<std::uint16_t>(*id);
  const auto device = static_cast<std::uint16_t>(*id >> 16);
  if (const auto family = family_of(vendor, device)) return *family;
  return fail(ExitCode::refused, fmt::format("this is device {:04x}:{:04x}; the driver ixgbe is for {}",
                                             vendor, device, known_devices()));
}

}  // namespace

Card::Card(std::unique_ptr<PciFunction> function, std::unique_ptr<Bar> bar, Family family,
           const Settings& settings, const QueueSettings& queues, std::deque<ReceiveQueue>& receive_queues,
           std::deque<TransmitQueue>& transmit_queues)
    : receive(receive_queues),
      transmit(transmit_queues),
      function_(std::move(function)),
      bar_(std::move(bar)),
      device_(*bar_, family),
      settings_(settings),
      queues_(queues),
      receive_places_(receive.size()),
      transmit_places_(transmit.size()) {}

Card::~Card() {
  for (const DmaMemory* memory : mapped_) function_->unmap(*memory);
}

Result<std::unique_ptr<Card>> Card::open(const std::string& device, const PciOptions& options,
                                         const Settings& settings, const QueueSettings& queues,
                                         std::deque<ReceiveQueue>& receive,
                                         std::deque<TransmitQueue>& transmit) {
  auto function = open_pci_function(device, options);
  if (!function) return std::unexpected(function.error());
  const auto family = identify(**function);
  if (!family) return std::unexpected(family.error());
  auto bar = (*function)->open_bar(0, kRegisterBytes);
  if (!bar) return std::unexpected(bar.error());
  std::unique_ptr<Card> card(
      new Card(std::move(*function), std::move(*bar), *family, settings, queues, receive, transmit));
  if (auto reset = card->reset(); !reset) return std::unexpected(reset.error());
  if (auto sound = card->device_.check_eeprom(); !sound) return std::unexpected(sound.error());
  return card;
}

std::size_t Card::queue_memory(const QueueSettings& queues) noexcept {
  const std::size_t descriptors = std::max(queues.receive_descriptors, queues.transmit_descriptors);
  // The ring, its alignment, a line for the head, and what may be left free in front of a huge page.
  return 2 * (descriptors * sizeof(TransmitDescriptor) + kRingAlignment) + kCacheLine;
}

template <class Descriptor>
Result<std::span<Descriptor>> Card::take_ring(DmaMemory& memory, std::uint32_t count, RingPlace& place) {
  const std::size_t bytes = count * sizeof(Descriptor);
  std::span<std::byte> piece = memory.take_whole(bytes + kRingAlignment);
  if (piece.empty()) return fail(ExitCode::configuration, "packet memory has no room for the card's queues");
  const std::uint64_t address = memory.device_address(piece.data());
  const std::size_t skip = (kRingAlignment - address % kRingAlignment) % kRingAlignment;
  place.address = address + skip;
  place.bytes = static_cast<std::uint32_t>(bytes);
  return std::span(reinterpret_cast<Descriptor*>(piece.data() + skip), count);
}

Result<void> Card::use_memory(std::span<const DmaMemory* const> all, DmaMemory& own) {
  for (const DmaMemory* memory : all) {
    if (memory->all().empty()) continue;
    if (auto mapped = function_->map(*memory); !mapped) return mapped;
    mapped_.push_back(memory);
  }
  for (std::size_t i = 0; i < receive.size(); ++i) {
    const auto ring = take_ring<ReceiveDescriptor>(own, queues_.receive_descriptors, receive_places_[i]);
    if (!ring) return std::unexpected(ring.error());
    receive[i].set_up({*ring, buffer_bytes(queues_.data_room), queues_.receive_offloads});
  }
  for (std::size_t i = 0; i < transmit.size(); ++i) {
    const auto ring = take_ring<TransmitDescriptor>(own, queues_.transmit_descriptors, transmit_places_[i]);
    if (!ring) return std::unexpected(ring.error());
    const std::span<std::byte> line = own.take_whole(kCacheLine);
    if (line.empty()) return fail(ExitCode::configuration, "packet memory has no room for the card's queues");
    transmit_places_[i].head = own.device_address(line.data());
    transmit[i].set_up({*ring, reinterpret_cast<std::uint32_t*>(line.data()), queues_.transmit_offloads});
  }
  return {};
}

Result<void> Card::reset() {
  // The command register may have lost its bits in a reset.
  if (auto master = function_->set_bus_master(true); !master) return master;
  return device_.reset();
}

Result<void> Card::bring_up() {
  if (auto done = device_.initialise(settings_); !done) return done;
  for (unsigned i = 0; i < receive.size(); ++i)
    if (auto done = device_.enable_receive(i, receive_places_[i], buffer_bytes(queues_.data_room),
                                           settings_.vlan_strip);
        !done)
      return done;
  for (unsigned i = 0; i < transmit.size(); ++i)
    if (auto done = device_.enable_transmit(i, transmit_places_[i]); !done) return done;
  for (unsigned i = 0; i < receive.size(); ++i) receive[i].start(Doorbell(*bar_, reg::rdt(i)));
  return device_.start_receiver();
}

void Card::start_transmitting() {
  for (unsigned i = 0; i < transmit.size(); ++i)
    if (transmit[i].state.get() == QueueState::filled) transmit[i].start(Doorbell(*bar_, reg::tdt(i)));
}

Result<void> Card::take_down() {
  auto quiet = device_.quiesce(static_cast<unsigned>(receive.size()), static_cast<unsigned>(transmit.size()));
  // Whatever it may still want to do: without the bus it cannot.
  const auto master = function_->set_bus_master(false);
  return quiet ? master : quiet;
}

std::string Card::why_removed() const {
  return function_->gone() ? function_->why_gone() : "all its registers read as ones";
}

}  // namespace ixyflow::drivers::ixgbe
