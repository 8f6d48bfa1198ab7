#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/packet/dma_memory.hpp"
#include "drivers/bus/pci_function.hpp"
#include "drivers/ixgbe/card_counters.hpp"
#include "drivers/ixgbe/device.hpp"
#include "drivers/ixgbe/receive_queue.hpp"
#include "drivers/ixgbe/transmit_queue.hpp"

namespace ixyflow::drivers::ixgbe {

/// How the queues of a card are to be.
struct QueueSettings {
  std::uint32_t receive_descriptors = 0;  ///< a power of two
  std::uint32_t transmit_descriptors = 0;
  std::uint32_t data_room = 0;  ///< bytes of a packet buffer
  bool receive_offloads = false;
  TransmitQueue::Offloads transmit_offloads;
};

/// A card that was taken over: its registers, its queues, and the memory that both share. Control thread
/// only, except for the queues, which say themselves who may do what.
class Card {
 public:
  /// Takes over the function, resets it and finds it sound.
  /// `receive` and `transmit` are to be its queues, and outlive it: their counters are asked for after its
  /// end.
  static Result<std::unique_ptr<Card>> open(const std::string& device, const PciOptions& options,
                                            const Settings& settings, const QueueSettings& queues,
                                            std::deque<ReceiveQueue>& receive,
                                            std::deque<TransmitQueue>& transmit);
  ~Card();

  /// Memory that each queue takes, for the larger of both numbers of descriptors.
  static std::size_t queue_memory(const QueueSettings& queues) noexcept;
  /// Lets the card reach `all`, and takes what the queues need from `own`.
  Result<void> use_memory(std::span<const DmaMemory* const> all, DmaMemory& own);

  /// Initialises the card and gives it the receive queues, which are filled; transmit queues may be started
  /// once the link is up.
  Result<void> bring_up();
  void start_transmitting();
  /// The card is reset to its state after `open`.
  Result<void> reset();
  /// Stops all DMA, if need be the hard way. An error: the card did not stop by itself.
  Result<void> take_down();

  /// See PciFunction::settle.
  void settle() noexcept { function_->settle(); }
  [[nodiscard]] Device& device() noexcept { return device_; }
  /// Whether it is there no more: removed, given to another driver, without power.
  [[nodiscard]] bool removed() { return function_->gone() || device_.removed(); }
  /// Of a card that is removed: why, as far as anybody knows.
  [[nodiscard]] std::string why_removed() const;

  std::deque<ReceiveQueue>& receive;
  std::deque<TransmitQueue>& transmit;

 private:
  Card(std::unique_ptr<PciFunction> function, std::unique_ptr<Bar> bar, Family family,
       const Settings& settings, const QueueSettings& queues, std::deque<ReceiveQueue>& receive,
       std::deque<TransmitQueue>& transmit);

  template <class Descriptor>
  Result<std::span<Descriptor>> take_ring(DmaMemory& memory, std::uint32_t count, RingPlace& place);

  std::unique_ptr<PciFunction> function_;
  std::unique_ptr<Bar> bar_;
  Device device_;
  Settings settings_;
  QueueSettings queues_;
  std::vector<RingPlace> receive_places_;
  std::vector<RingPlace> transmit_places_;
  std::vector<const DmaMemory*> mapped_;
};

}  // namespace ixyflow::drivers::ixgbe
