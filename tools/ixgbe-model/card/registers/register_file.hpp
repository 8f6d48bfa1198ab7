#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tools/ixgbe-model/card/registers/registers.hpp"

namespace ixyflow::model {

/// Something that answers for registers whose reads or writes do more than remember.
class RegisterOwner {
 public:
  virtual std::uint32_t read_register(std::uint32_t offset) noexcept = 0;
  virtual void write_register(std::uint32_t offset, std::uint32_t value) noexcept = 0;

 protected:
  ~RegisterOwner() = default;
};

/// BAR0 as memory, and what each register of it does when it is accessed by a message. Model thread only, but
/// pages that a driver has mapped change under its hands: every look at them is atomic.
class RegisterFile {
 public:
  /// `bytes`: BAR0, at least reg::kRegisterBytes of it; outlives this.
  explicit RegisterFile(std::span<std::byte> bytes);

  // Declaring, once: what is not declared reads 0, ignores writes and is counted.

  /// Registers that remember the bits of `writable`; the rest stays as after a reset.
  void plain(reg::Range range, std::uint32_t reset = 0, std::uint32_t writable = ~0U);
  /// Registers that `owner` answers for; `reset` is where their memory starts.
  void owned(reg::Range range, RegisterOwner& owner, std::uint32_t reset = 0);
  /// Second addresses of registers.
  void alias(reg::Range range, reg::Range of);

  /// Everything as after a reset.
  void reset() noexcept;

  /// An access by message: `offset` is a multiple of 4 within BAR0.
  std::uint32_t read(std::uint32_t offset) noexcept;
  void write(std::uint32_t offset, std::uint32_t value) noexcept;

  /// The memory itself, without effects. `get` sees what the driver wrote before (acquire); `set` shows the
  /// driver what was done before (release).
  [[nodiscard]] std::uint32_t get(std::uint32_t offset) const noexcept {
    return std::atomic_ref<std::uint32_t>(*word(offset)).load(std::memory_order_acquire);
  }
  void set(std::uint32_t offset, std::uint32_t value) noexcept {
    std::atomic_ref<std::uint32_t>(*word(offset)).store(value, std::memory_order_release);
  }

  /// Accesses to registers that nothing declares, and the last of them.
  [[nodiscard]] std::uint64_t unknown_accesses() const noexcept { return unknown_; }
  [[nodiscard]] std::uint32_t last_unknown() const noexcept { return last_unknown_; }

 private:
  struct Rule {
    RegisterOwner* owner = nullptr;
    std::uint32_t reset = 0;
    std::uint32_t writable = 0;
  };

  [[nodiscard]] std::uint32_t* word(std::uint32_t offset) const noexcept { return words_ + offset / 4; }
  void declare(reg::Range range, const Rule& rule);
  const Rule* rule_of(std::uint32_t& offset) noexcept;

  std::uint32_t* words_;
  std::vector<Rule> rules_;             ///< the first is "unknown"
  std::vector<std::uint16_t> rule_at_;  ///< by register number
  std::vector<std::uint32_t> real_;     ///< the register behind a second address, by register number
  std::uint64_t unknown_ = 0;
  std::uint32_t last_unknown_ = 0;
};

}  // namespace ixyflow::model
