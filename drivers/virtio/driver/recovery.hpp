#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/messages/event.hpp"
#include "core/base/statistics/counter.hpp"
#include "drivers/common/recovery_state_machine.hpp"
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
/// nonsense one queue alone is reset first, where the device can do that and it helps. No call takes
/// longer than a reset and the commands that follow it.
class Recovery final : public RecoveryStateMachine {
 public:
  Recovery(Device& device, DeviceCounters& counters);

  void begin(Time now) override;
  /// Any thread.
  [[nodiscard]] bool link_up() const noexcept { return link_up_.load(std::memory_order_relaxed); }

 private:
  void watch(Time now, const EventSink& event) override { follow_device(now, event); }
  void take_down() override;
  Result<void> reset_device() override;
  Result<void> bring_up() override { return device_.bring_up(); }
  [[nodiscard]] bool queues_are(QueueState::State state) const override {
    return all_are(state, device_.receive, device_.transmit);
  }
  void set_queues(QueueState::State state) override;
  [[nodiscard]] bool gone() override { return device_.transport().gone(); }
  [[nodiscard]] std::string why_gone() override { return device_.transport().why_gone(); }
  void tell_failure(const Error& error, BackOff::Pause pause, const EventSink& event) override;
  void settle() override { stop_mending(); }
  [[nodiscard]] BackOff::Pause longest_pause() override;

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
  void set_queue(std::uint16_t index, QueueState::State state);

  Device& device_;
  DeviceCounters& counters_;
  std::atomic<bool> link_up_{false};
  bool agreement_told_ = false;
  std::optional<std::uint16_t> mending_;  ///< the queue that is reset by itself
  std::optional<Time> mended_;            ///< when one was, last
  Time next_look_;
  Time next_hang_look_;
  std::string trouble_;              ///< that was told last, and is not told again
  std::vector<std::uint32_t> seen_;  ///< by the last look for hangs, by transmit queue
  std::vector<unsigned> times_;      ///< looks in a row in which nothing came back
};

}  // namespace ixyflow::drivers::virtio
