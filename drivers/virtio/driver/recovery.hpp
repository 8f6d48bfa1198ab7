#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/counter.hpp"
#include "core/base/event.hpp"
#include "drivers/virtio/driver/device.hpp"

namespace ixyflow::drivers::virtio {

/// What happens to a device beside its frames.
struct DeviceCounters {
  SharedCounter link_losses;
  SharedCounter resets;        ///< to bring the device back
  SharedCounter queue_resets;  ///< of single queues
};

/// Looks after a device that works: follows the link, finds hangs, nonsense, peers that left and devices that
/// ask for it, and brings the device back with a reset while the workers go on with everything else. After
/// nonsense one queue alone is reset first, where the device can do that and it helps. Control thread only;
/// no call takes longer than a reset and the commands that follow it.
class Recovery {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Recovery(Device& device, DeviceCounters& counters);

  /// The device was just brought up.
  void begin(Time now);
  /// There is no device yet: it will be looked for.
  void begin_without(Time now);
  /// To be called every few milliseconds.
  void look(Time now, const EventSink& event);
  /// Whether the device is gone for good.
  [[nodiscard]] bool removed() const noexcept { return phase_ == Phase::removed; }
  /// Whether the device is up and may have packets under way.
  [[nodiscard]] bool working() const noexcept { return phase_ == Phase::working; }
  /// Any thread.
  [[nodiscard]] bool link_up() const noexcept { return link_up_.load(std::memory_order_relaxed); }

 private:
  /// working -> parking (workers give their buffers back) -> resting (until the next try) -> filling (workers
  /// take buffers again) -> working. A device that is removed is parked, and stays so.
  enum class Phase : std::uint8_t { working, parking, resting, filling, removed };

  void follow_device(Time now, const EventSink& event);
  void follow_link(const EventSink& event);
  /// What is wrong with a queue, as the device counts them.
  struct Fault {
    std::string text;
    std::uint16_t queue = 0;
  };

  [[nodiscard]] std::optional<Fault> find_nonsense() const;
  [[nodiscard]] std::optional<std::string> find_hang();
  void mend(Time now, const Fault& fault, const EventSink& event);
  void go_on_mending(Time now, const EventSink& event);
  void stop_mending();
  void park_for_reset(Time now, const std::string& reason, const EventSink& event);
  [[nodiscard]] std::chrono::milliseconds longest_pause() const;
  void lengthen_pause();
  void park_for_good(const EventSink& event);
  void park();
  void try_reset(Time now, const EventSink& event);
  void bring_up(Time now, const EventSink& event);
  [[nodiscard]] bool all_queues(QueueState::State state) const;
  void leave(std::uint16_t index);

  Device& device_;
  DeviceCounters& counters_;
  Phase phase_ = Phase::working;
  std::atomic<bool> link_up_{false};
  bool agreement_told_ = false;
  std::optional<std::uint16_t> mending_;  ///< the queue that is reset by itself
  std::optional<Time> mended_;            ///< when one was, last
  Time next_look_;
  Time next_hang_look_;
  Time next_try_;
  std::chrono::milliseconds pause_{0};  ///< between the last reset and the next
  Time up_since_;
  std::string trouble_;              ///< that was told last, and is not told again
  std::vector<std::uint32_t> seen_;  ///< by the last look for hangs, by transmit queue
  std::vector<unsigned> times_;      ///< looks in a row in which nothing came back
};

}  // namespace ixyflow::drivers::virtio
