#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/dice.hpp"

/// Small pipelines drawn by chance, and what a slow model says becomes of their packets. The model follows
/// one packet at a time and knows nothing of rounds, batches, room or cores. What an element does to a packet
/// depends on the packet alone, so that the order in which things happen changes nothing about what arrives.
namespace ixyflow::test {

class RandomGraph {
 public:
  /// Time to live of the packet that a source numbers so: how often it may pass elements of kind `ttl`.
  static std::uint8_t ttl_of(std::uint32_t number) noexcept {
    return static_cast<std::uint8_t>(1 + number % 3);
  }

  explicit RandomGraph(std::uint64_t seed);

  [[nodiscard]] std::size_t sources() const noexcept { return sources_; }
  [[nodiscard]] std::size_t sinks() const noexcept { return sinks_; }
  /// The pipeline as a file: source i receives from port "a<i>", sink i transmits to port "b<i>". Elements
  /// that hold packets have room for `more` beside what was drawn for them.
  [[nodiscard]] std::string toml(std::uint32_t more) const;
  /// Where the packet with this number that comes from `source` ends, once per copy: numbers of sinks.
  [[nodiscard]] const std::vector<std::size_t>& arrivals(std::size_t source, std::uint32_t number) const {
    return arrivals_[source * kClasses + number % kClasses];
  }
  /// No packet becomes more than a few.
  [[nodiscard]] bool small() const noexcept { return small_; }

 private:
  enum class Kind : std::uint8_t { source, count, queue, delay, tee, split, ttl, discard, sink };
  struct Step {
    Kind kind = Kind::count;
    bool far = false;             ///< on the second core
    std::uint32_t number = 0;     ///< capacity; or the bit that decides; or which source or sink it is
    std::uint32_t time = 0;       ///< of a delay, in microseconds
    std::vector<std::size_t> to;  ///< by output
  };
  static constexpr std::size_t kMostCopies = 32;
  /// What becomes of a packet depends on its time to live (3 of them) and on its lowest 4 bits.
  static constexpr std::uint32_t kClasses = 48;

  void wire(std::size_t step);
  [[nodiscard]] std::size_t any_from(std::size_t first);
  [[nodiscard]] std::string table_of(std::size_t step, std::uint32_t more) const;
  [[nodiscard]] std::vector<bool> reached() const;
  [[nodiscard]] std::vector<std::size_t> follow(std::size_t source, std::uint32_t number) const;

  Dice dice_;
  std::size_t sources_;
  std::size_t sinks_;
  bool two_cores_;
  std::vector<Step> steps_;                         ///< sources, what is between, sinks
  std::vector<std::vector<std::size_t>> arrivals_;  ///< by source and class of its packets
  bool small_ = true;
};

}  // namespace ixyflow::test
