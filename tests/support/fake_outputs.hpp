#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/element/outputs.hpp"
#include "core/element/spec.hpp"
#include "core/packet/mempool.hpp"

namespace ixyflow::test {

/// The outputs of one element under test. While the element works nothing is allocated and nothing freed:
/// what leaves is noted down, in order, and `settle`, `departures` and `free_departures` deal with it after
/// the call.
class FakeOutputs final : public Outputs {
 public:
  struct Departure {
    Packet* packet = nullptr;
    PortIndex exit = 0;
  };

  FakeOutputs(Mempool& pool, const Clock& clock, const ElementSpec& spec,
              const std::vector<std::string>& output_names, std::uint32_t burst);
  ~FakeOutputs() = default;

  void forward(PortIndex exit, Batch& batch) noexcept override;
  void split(Batch& batch, const PortIndex* exits) noexcept override;
  Batch& batch() noexcept override;
  void received(std::uint32_t count) noexcept override { received_ += count; }
  std::uint32_t room(PortIndex output) const noexcept override;
  void print(std::string_view line) noexcept override;

  /// The call into the element has returned: delivers what it pushed.
  void settle() noexcept;
  /// What was done wrong; empty when nothing was.
  [[nodiscard]] std::string fault() const { return fault_ == nullptr ? "" : fault_; }
  [[nodiscard]] const std::vector<Departure>& departures() const noexcept { return departures_; }
  void free_departures() noexcept;
  /// Somebody else has taken what left.
  void forget_departures() noexcept { departures_.clear(); }

  [[nodiscard]] const std::string& name(PortIndex exit) const noexcept { return ways_[exit].name; }
  [[nodiscard]] ExitKind kind(PortIndex exit) const noexcept { return ways_[exit].kind; }
  /// By name; throws std::out_of_range when there is none.
  [[nodiscard]] const Exit& exit(std::string_view name) const;
  [[nodiscard]] std::uint64_t left_packets() const noexcept;
  [[nodiscard]] std::uint64_t left_bytes() const noexcept;
  [[nodiscard]] std::uint64_t created() const noexcept { return created_; }
  [[nodiscard]] std::uint64_t received_packets() const noexcept { return received_; }
  [[nodiscard]] std::uint64_t no_buffer() const noexcept { return no_buffer_; }
  std::vector<std::string> take_lines();
  void set_room(std::uint32_t packets) noexcept { room_ = packets; }

 private:
  struct Way {
    bool declared = false;
    ExitKind kind = ExitKind::output;
    std::string name;
  };
  struct Line {
    std::array<char, 240> text;
    std::size_t length = 0;
  };
  static constexpr std::size_t kIndices = kMaxExits;
  static constexpr std::size_t kMaxLines = 4096;
  static constexpr const char* kUndeclared = "sent a packet to an exit that it does not have";

  void deliver(PortIndex exit) noexcept override;
  void depart(PortIndex exit, Packet* packet) noexcept;
  void deliver_all() noexcept;
  void declare(PortIndex index, ExitKind kind, const std::string& name);
  /// Gives every exit that was declared its place for what is pushed, and all others one together.
  void stage_declared();

  std::vector<Exit> table_;
  std::vector<Way> ways_;
  std::vector<PortIndex> declared_;  ///< in order
  std::vector<Batch> staged_;        ///< of each that was declared, then of all others
  Batch polled_;
  std::vector<Departure> departures_;
  std::vector<Line> lines_;
  std::size_t line_count_ = 0;
  const char* fault_ = nullptr;
  std::uint64_t received_ = 0;
  std::uint32_t room_ = ~0U;
};

}  // namespace ixyflow::test
