#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tools/ixgbe-model/card/registers/register_file.hpp"

namespace ixyflow::model {

/// What the card counts (8.2.3.23). Sizes include the FCS, as on the card.
enum class Count : std::uint8_t {
  crc_errors,
  illegal_bytes,
  missed,  ///< RXMPC of packet buffer 0
  local_faults,
  remote_faults,
  length_errors,
  xon_sent,
  xon_received,
  xoff_sent,
  xoff_received,
  rx_64,  ///< the first of six size bins: 64, 127, 255, 511, 1023, max
  rx_127,
  rx_255,
  rx_511,
  rx_1023,
  rx_max,
  good_rx,
  broadcast_rx,
  multicast_rx,
  good_rx_bytes,
  good_tx,
  good_tx_bytes,
  undersize,
  fragments,
  oversize,
  jabber,
  total_rx_bytes,
  total_rx,
  total_tx,
  tx_64,  ///< the first of six size bins
  tx_127,
  tx_255,
  tx_511,
  tx_1023,
  tx_max,
  multicast_tx,
  broadcast_tx,
  checksum_errors,
  filtered_rx,  ///< RXNFGPC: good packets before the filters
  filtered_rx_bytes,
  dma_rx,  ///< RXDGPC: to host memory
  dma_rx_bytes,
  dma_tx,  ///< TXDGPC
  dma_tx_bytes,
  flow_director_matches,
  flow_director_misses,
  count_of_counts
};

/// The counters, the registers that show them, and what reading those clears. Model thread only.
class Statistics final : public RegisterOwner {
 public:
  static constexpr std::uint32_t kQueueCounters = 16;

  /// `mapped`: the driver reads the queue pages without our knowing; see `publish`.
  Statistics(RegisterFile& file, bool mapped);

  void reset() noexcept;

  void add(Count count, std::uint64_t n = 1) noexcept { counts_[static_cast<std::size_t>(count)] += n; }
  /// Counts a frame of `bytes` bytes in the bin of its size; `first` is the first of the six.
  void add_size(Count first, std::uint32_t bytes) noexcept;
  void received(std::uint32_t queue, std::uint64_t packets, std::uint64_t bytes) noexcept;
  void sent(std::uint32_t queue, std::uint64_t packets, std::uint64_t bytes) noexcept;
  void dropped(std::uint32_t queue) noexcept;

  /// All counters as if they had counted to `value` (for faults). `wrap`: they run over from now on; else
  /// they stick at their maximum.
  void preset(std::uint64_t value) noexcept;
  void let_wrap(bool on) noexcept { wrap_ = on; }

  std::uint32_t read_register(std::uint32_t offset) noexcept override;
  void write_register(std::uint32_t offset, std::uint32_t value) noexcept override;

 private:
  struct QueueCounts {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint64_t drops = 0;
  };

  [[nodiscard]] std::uint32_t set_of(reg::Range mapping, std::uint32_t queue) const noexcept;
  void declare();
  std::uint32_t take(std::uint64_t& counter, unsigned bits) noexcept;
  std::uint32_t take_low(std::uint64_t& counter) noexcept;
  std::uint32_t take_high(std::uint64_t& counter) noexcept;
  std::uint32_t take_queue(std::uint32_t offset) noexcept;
  void publish() noexcept;
  void publish(std::uint32_t offset, std::uint32_t value) noexcept { file_.set(offset, value); }
  void begin_sweep(std::uint32_t offset) noexcept;

  RegisterFile& file_;
  const bool mapped_;
  bool wrap_ = false;
  bool sweeps_begin_at_crc_errors_ = false;
  std::array<std::uint64_t, static_cast<std::size_t>(Count::count_of_counts)> counts_{};
  std::array<QueueCounts, kQueueCounters> rx_{};
  std::array<QueueCounts, kQueueCounters> tx_{};
};

}  // namespace ixyflow::model
