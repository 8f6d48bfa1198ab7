#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <span>

#include "core/device/port.hpp"
#include "tests/support/frames.hpp"

namespace ixyflow::test {

/// A port in the hands of a test: gives out `incoming`, and takes as many packets as `room` says.
class FakePort final : public Port {
 public:
  [[nodiscard]] PortProperties properties() const override { return {}; }
  void attach_rx(std::uint16_t, const QueueContext& context) override { pool_ = context.pool; }
  void attach_tx(std::uint16_t, const QueueContext& context) override { pool_ = context.pool; }

  std::uint32_t rx(std::uint16_t, std::span<Packet*> packets) noexcept override {
    const std::size_t wanted = std::min(packets.size(), incoming.size());
    const std::uint32_t count = pool_->allocate(packets.first(wanted));
    for (Packet* packet : packets.first(count)) {
      std::ranges::copy(incoming.front(), packet->data());
      packet->set_length(static_cast<std::uint32_t>(incoming.front().size()));
      incoming.pop_front();
    }
    asked_for = static_cast<std::uint32_t>(packets.size());
    return count;
  }
  [[nodiscard]] bool exhausted(std::uint16_t) const noexcept override { return incoming.empty(); }
  [[nodiscard]] Nanoseconds next_due(std::uint16_t) const noexcept override { return due; }

  std::uint32_t tx(std::uint16_t, std::span<Packet* const> packets) noexcept override {
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(packets.size(), room));
    for (Packet* packet : packets.first(count)) taken[taken_count++ % taken.size()] = packet->length();
    room -= count;
    pool_->free(packets.first(count));
    return count;
  }

  std::deque<Bytes> incoming;
  std::uint32_t asked_for = 0;  ///< places that the last rx was offered
  Nanoseconds due = 0;
  std::uint32_t room = ~0U;
  std::array<std::uint32_t, 256> taken{};  ///< lengths of what was transmitted, in order
  std::size_t taken_count = 0;

 private:
  Mempool* pool_ = nullptr;
};

}  // namespace ixyflow::test
