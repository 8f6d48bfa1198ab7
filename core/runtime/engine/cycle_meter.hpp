#pragma once

#include <atomic>
#include <cstdint>

#include "core/base/clock.hpp"

namespace ixyflow {

/// What one element's calls have cost.
struct ElementCost {
  const char* name = nullptr;  ///< of the element
  std::uint64_t cycles = 0;    ///< of the stamped rounds
  std::uint64_t stamped = 0;   ///< packets in the stamped rounds
};

/// Of stamped useful rounds: their cycles, the packets that were polled in them, and how many there were.
struct MeterCounts {
  std::uint64_t cycles = 0;
  std::uint64_t polled = 0;
  std::uint64_t rounds = 0;
};

/// Where a worker's cycles go. One round in 16 is stamped: in it the time between two stamps is charged to
/// the element that is at work. On the worker's thread; the name of the element is read by crash reports too.
class CycleMeter {
 public:
  /// Makes an element the one at work, from construction to destruction, and charges the cycles between to
  /// it, without those of the elements that run inside.
  class Charge {
   public:
    Charge(CycleMeter& meter, ElementCost& cost, std::uint64_t packets) noexcept
        : meter_(meter), cost_(cost), outer_activity_(meter.activity_), outer_cycles_(meter.charged_) {
      meter.begin_activity(cost.name);
      if (!meter.stamping_) return;
      meter.stamp();
      meter.charged_ = &cost.cycles;
      cost.stamped += packets;
    }
    ~Charge() {
      meter_.begin_activity(outer_activity_);
      if (!meter_.stamping_) return;
      meter_.stamp();
      meter_.charged_ = outer_cycles_;
    }
    Charge(const Charge&) = delete;
    Charge& operator=(const Charge&) = delete;
    /// For sources, who know only afterwards.
    void add_packets(std::uint64_t packets) noexcept {
      if (meter_.stamping_) cost_.stamped += packets;
    }

   private:
    CycleMeter& meter_;
    ElementCost& cost_;
    const char* outer_activity_;
    std::uint64_t* outer_cycles_;
  };

  /// Makes the element called `name` the one at work, from construction to destruction, for what is no
  /// packet's cost.
  class Activity {
   public:
    Activity(CycleMeter& meter, const char* name) noexcept : meter_(meter), outer_(meter.activity_) {
      meter.begin_activity(name);
    }
    ~Activity() { meter_.begin_activity(outer_); }
    Activity(const Activity&) = delete;
    Activity& operator=(const Activity&) = delete;

   private:
    CycleMeter& meter_;
    const char* outer_;
  };

  /// `round` counts from 0.
  void begin_round(std::uint64_t round) noexcept {
    stamping_ = round == next_stamp_;
    if (stamping_) [[unlikely]]
      begin_stamps(round);
  }
  /// The round moved packets, and polled so many.
  void end_useful_round(std::uint64_t polled) noexcept {
    if (!stamping_) return;
    counts_.cycles += tsc() - round_began_;
    counts_.polled += polled;
    ++counts_.rounds;
  }

  /// The name of the element at work.
  [[nodiscard]] const char* activity() const noexcept { return activity_; }
  /// The same for other threads, as of some moment; null when no element is at work.
  [[nodiscard]] const char* seen_activity() const noexcept {
    const char* const name =
        std::atomic_ref(const_cast<const char*&>(activity_)).load(std::memory_order_relaxed);
    return name == kNoElement ? nullptr : name;
  }
  /// Where that name stands as long as the meter lives.
  [[nodiscard]] const char* const* activity_place() const noexcept { return &activity_; }

  [[nodiscard]] const MeterCounts& counts() const noexcept { return counts_; }

 private:
  /// Reading the clock for every element costs more than a short batch of packets does; one round in 16 is
  /// enough to know the cycles. They follow each other at changing distances, so that no rhythm of the
  /// traffic keeps step with them.
  static constexpr std::uint32_t kLongestDistance = 31;
  static constexpr char kNoElement[] = "no element";

  void begin_activity(const char* name) noexcept {
    std::atomic_ref(activity_).store(name, std::memory_order_relaxed);
  }

  void begin_stamps(std::uint64_t round) noexcept {
    chance_ += 0x9e3779b9;  // 2^32 over the golden ratio: its multiples are spread evenly
    next_stamp_ = round + 1 + ((std::uint64_t{chance_} * kLongestDistance) >> 32);
    round_began_ = last_stamp_ = tsc();
  }
  /// Charges the time since the last stamp to whoever it is charged to now.
  void stamp() noexcept {
    const std::uint64_t now = tsc();
    *charged_ += now - last_stamp_;
    last_stamp_ = now;
  }

  const char* activity_ = kNoElement;
  bool stamping_ = false;
  std::uint32_t chance_ = 0;
  std::uint64_t last_stamp_ = 0;
  std::uint64_t between_ = 0;  ///< cycles of stamped rounds that no element spent
  std::uint64_t* charged_ = &between_;
  std::uint64_t next_stamp_ = 0;  ///< round that is stamped next
  std::uint64_t round_began_ = 0;
  MeterCounts counts_;
};

}  // namespace ixyflow
