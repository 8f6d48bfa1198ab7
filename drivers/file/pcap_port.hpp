#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/base/cache_line.hpp"
#include "core/base/pacer.hpp"
#include "core/device/port_registry.hpp"
#include "drivers/file/capture_reader.hpp"
#include "drivers/file/capture_writer.hpp"
#include "drivers/file/loop_time.hpp"
#include "drivers/file/pace.hpp"

namespace ixyflow::drivers {

/// A port that receives what stands in one capture file and writes what it sends into another.
class PcapPort final : public Port {
 public:
  static void describe(PortSpecOf<PcapPort>& spec);

  void configure(PortConfiguration& configuration) override;
  [[nodiscard]] PortProperties properties() const override;
  Result<void> open() override;

  void attach_rx(std::uint16_t queue, const QueueContext& context) override;
  void attach_tx(std::uint16_t /*queue*/, const QueueContext& context) override {
    transmit_.context = context;
  }

  std::uint32_t rx(std::uint16_t queue, std::span<Packet*> packets) noexcept override;
  [[nodiscard]] bool exhausted(std::uint16_t /*queue*/) const noexcept override { return receive_.ended; }
  [[nodiscard]] Nanoseconds next_due(std::uint16_t queue) const noexcept override;

  std::uint32_t tx(std::uint16_t queue, std::span<Packet* const> packets) noexcept override;
  [[nodiscard]] std::uint32_t tx_room(std::uint16_t queue) noexcept override;

  void detach_tx(std::uint16_t queue) noexcept override;
  Result<void> close() override;

 private:
  static constexpr std::uint64_t kForEver = std::numeric_limits<std::uint64_t>::max();

  struct Receive {
    std::unique_ptr<CaptureReader> reader;
    QueueContext context;
    CaptureRecord record;  ///< the next one, when `pending`
    bool pending = false;
    bool ended = false;
    bool started = false;  ///< the schedule of a paced port has begun
    /// Recorded pace: what is added to a time stamp to have its time on the worker's clock.
    Nanoseconds epoch = 0;
    std::uint64_t loops_left = kForEver;
    LoopTime loop_time;
    Pacer pacer;
  };
  struct Transmit {
    std::unique_ptr<CaptureWriter> writer;
    QueueContext context;
  };

  /// The one spelling of a path.
  [[nodiscard]] static std::string canonical(const std::string& path);
  bool fetch() noexcept;
  [[nodiscard]] Nanoseconds due() const noexcept;
  void keep_pace(Nanoseconds now) noexcept;
  bool fits(const Packet& packet) noexcept;
  void fill(Packet& packet) noexcept;

  std::optional<std::string> read_;
  std::optional<std::string> write_;
  std::string mode_ = "0600";
  mode_t file_mode_ = CaptureWriter::kPrivate;
  std::uint64_t loop_ = 1;
  Pace pace_;
  std::uint32_t longest_ = 0;
  // The two directions may run on two cores.
  alignas(kCacheLine) Receive receive_;
  Counter runt_;
  Counter oversize_;
  Counter late_;
  alignas(kCacheLine) Transmit transmit_;
  Counter not_written_;
};

}  // namespace ixyflow::drivers
