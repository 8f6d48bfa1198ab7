#pragma once

#include <array>
#include <cstdint>

#include "core/base/clock.hpp"
#include "tools/ixgbe-model/card/bus/interrupts.hpp"
#include "tools/ixgbe-model/card/registers/register_file.hpp"

namespace ixyflow::model {

/// Causes, masks, vectors and their throttling (7.3). A queue's cause has the number that IVAR gives it: a
/// bit of EICR and, with several MSI-X vectors, the vector. Model thread only.
class InterruptUnit final : public RegisterOwner {
 public:
  enum class Trouble : std::uint8_t { none, silent, storm };

  InterruptUnit(RegisterFile& file, Interrupts& interrupts);

  void reset() noexcept;

  void received(std::uint32_t queue) noexcept { queue_cause(queue, 0); }
  void sent(std::uint32_t queue) noexcept { queue_cause(queue, 1); }
  /// One of bits::cause.
  void other(std::uint32_t cause) noexcept;

  /// INTx, which masks itself, may be raised again.
  void unmasked() noexcept { enable({}); }

  /// Signals what is due.
  void poll(Nanoseconds now) noexcept;

  void trouble(Trouble trouble) noexcept { trouble_ = trouble; }
  [[nodiscard]] std::uint64_t raised() const noexcept { return raised_; }

  std::uint32_t read_register(std::uint32_t offset) noexcept override;
  void write_register(std::uint32_t offset, std::uint32_t value) noexcept override;

 private:
  static constexpr unsigned kVectors = 64;

  /// Causes: bit 0 to 63 those of queues, and the bits of EICR above.
  struct Bits {
    std::uint64_t queues = 0;
    std::uint32_t other = 0;

    friend Bits operator&(Bits a, Bits b) noexcept { return {a.queues & b.queues, a.other & b.other}; }
    void set(Bits more) noexcept { queues |= more.queues, other |= more.other; }
    void clear(Bits less) noexcept { queues &= ~less.queues, other &= ~less.other; }
    [[nodiscard]] bool any() const noexcept { return queues != 0 || other != 0; }
  };

  static Bits from_basic(std::uint32_t value) noexcept;
  static Bits from_extended(std::uint32_t index, std::uint32_t value) noexcept;
  static std::uint32_t to_basic(Bits bits) noexcept;
  static std::uint32_t to_extended(std::uint32_t index, Bits bits) noexcept;

  void declare();
  void queue_cause(std::uint32_t queue, unsigned direction) noexcept;
  void happened(Bits causes) noexcept;
  void enable(Bits causes) noexcept;
  [[nodiscard]] bool several_vectors() const noexcept;
  [[nodiscard]] std::uint64_t vectors_of(Bits causes) const noexcept;
  [[nodiscard]] Nanoseconds interval(unsigned vector) const noexcept;
  void signal(unsigned vector, Nanoseconds now) noexcept;
  std::uint32_t read_causes() noexcept;
  void write_extended(std::uint32_t offset, std::uint32_t value) noexcept;
  void write_throttle(std::uint32_t offset, std::uint32_t value) noexcept;

  RegisterFile& file_;
  Interrupts& interrupts_;
  Trouble trouble_ = Trouble::none;
  Bits causes_, mask_, auto_mask_;
  std::uint64_t requested_ = 0;  ///< vectors with something new
  std::array<Nanoseconds, kVectors> next_{};
  std::uint64_t raised_ = 0;
};

}  // namespace ixyflow::model
