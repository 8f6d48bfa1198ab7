#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/packet/mempool.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/support/fake_outputs.hpp"

/// Every element of the program, in the hands of a fuzz target.
namespace ixyflow::fuzz {

/// What a core has for all that works there: a pool and a clock.
struct Bench {
  Bench();
  DmaMemory memory;
  std::unique_ptr<Mempool> pool;
  Clock clock{Clock::Kind::simulated};
};

/// An element type with the parameters of its own example (Spec::example): a new element is here with its
/// first line.
struct Station {
  const ElementSpec* spec = nullptr;
  Value::Table parameters;
  std::vector<std::string> outputs;
  std::unique_ptr<test::FakeOutputs> exits;  ///< of all stages at this station, one at a time
  std::uint64_t created = 0;                 ///< packets that they had created when the last call was over
  /// Of the example, by the parameter that names it.
  struct Use {
    const ResourceSpec* type = nullptr;
    Value::Table parameters;
  };
  std::vector<Use> resources;
};

/// One for every element of every example, but for those at ports.
std::vector<Station> all_stations(Bench& bench);

/// A station at work: an element, and the account of its packets.
class Stage {
 public:
  /// `input` decides on numbers, words and flags among the parameters. Without an element when they are
  /// refused.
  Stage(Station& station, Bench& bench, Input& input);

  [[nodiscard]] bool works() const noexcept { return element_ != nullptr; }
  /// Has the batch processed, and adds to `left` what leaves by outputs; the rest is freed.
  void process(std::vector<Packet*>& packets, Input& input, std::vector<Packet*>& left);
  /// The same for what it gives out by itself.
  void poll(std::vector<Packet*>& left);
  void flush(std::vector<Packet*>& left);
  void tick(std::vector<Packet*>& left);
  [[nodiscard]] std::uint64_t held() const noexcept { return element_->held(); }

 private:
  void settle(std::uint64_t came, std::vector<Packet*>& left);

  Station& station_;
  Bench& bench_;
  std::vector<std::unique_ptr<Resource>> resources_;
  std::unique_ptr<Element> element_;
  std::uint64_t held_ = 0;
};

}  // namespace ixyflow::fuzz
