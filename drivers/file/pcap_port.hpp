#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/base/cache_line.hpp"
#include "core/base/pacer.hpp"
#include "core/device/port_registry.hpp"
#include "drivers/file/capture_merge.hpp"
#include "drivers/file/capture_paths.hpp"
#include "drivers/file/capture_writer.hpp"
#include "drivers/file/loop_time.hpp"
#include "drivers/file/pace.hpp"
#include "drivers/file/recorded_pace.hpp"

namespace ixyflow::drivers {

/// A port that receives what stands in capture files and writes what it sends into another.
class PcapPort final : public Port {
 public:
  static void describe(PortSpecOf<PcapPort>& spec);

  void configure(PortConfiguration& configuration) override;
  [[nodiscard]] PortProperties properties() const override;
  Result<void> open() override;

  void supervise(const EventSink& event) override;

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
    std::unique_ptr<CaptureMerge> captures;
    QueueContext context;
    CaptureRecord record;  ///< the next one, when `pending`
    bool pending = false;
    bool scheduled = false;  ///< it is known when that one is due
    bool ended = false;
    bool started = false;           ///< the schedule of a rate has begun
    std::uint64_t left = kForEver;  ///< packets, by `count`
    std::uint64_t loops_left = kForEver;
    LoopTime loop_time;
    Pacer pacer;
    RecordedPace recorded;
    // What the control thread tells the user, and takes away:
    std::atomic<Nanoseconds> long_pause{0};
    std::atomic<const CaptureReader*> converted{nullptr};  ///< has frames that got Ethernet headers
    bool told = false;                                     ///< of `converted`, the control thread's
  };
  struct Transmit {
    std::unique_ptr<CaptureWriter> writer;
    QueueContext context;
  };

  static void describe_parameters(PortSpecOf<PcapPort>& spec);
  void check_parameters(PortConfiguration& configuration);
  void warn_of_unused(PortConfiguration& configuration) const;
  Result<void> open_captures();
  bool fetch() noexcept;
  bool start_again() noexcept;
  bool schedule(Nanoseconds now) noexcept;
  bool is_due(Nanoseconds now) noexcept { return fetch() && schedule(now) && due() <= now; }
  [[nodiscard]] Nanoseconds due() const noexcept;
  void keep_pace(Nanoseconds now) noexcept;
  void receive(Packet& packet) noexcept;
  bool fits(const Packet& packet) noexcept;
  void fill(Packet& packet) noexcept;

  CapturePaths read_;
  std::optional<std::string> write_;
  std::string mode_ = "0600";
  mode_t file_mode_ = CaptureWriter::kPrivate;
  std::uint64_t loop_ = 1;
  std::uint64_t count_ = 0;
  Pace pace_;
  Duration longest_pause_{24LL * 3600 * 1'000'000'000};
  std::shared_ptr<PlaybackClock> playback_;
  std::uint32_t longest_ = 0;
  // The two directions may run on two cores.
  alignas(kCacheLine) Receive receive_;
  Counter runt_;
  Counter oversize_;
  Counter not_ethernet_;
  Counter late_;
  alignas(kCacheLine) Transmit transmit_;
  Counter not_written_;
};

}  // namespace ixyflow::drivers
