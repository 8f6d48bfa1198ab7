#pragma once

#include <array>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "drivers/bus/pci_config.hpp"
#include "drivers/bus/pci_function.hpp"

namespace ixyflow::test {

/// The registers of a virtio function, as bytes that behave only where the test or the specification wants
/// them to.
struct FakeRegisters {
  std::array<std::vector<std::uint8_t>, 6> bars;
  bool legacy = false;
  bool never_resets = false;
  bool changes_all_the_time = false;  ///< the generation of the configuration
  bool refuses_features = false;
  std::uint64_t features = 0;
  std::uint64_t accepted = 0;
  struct Queue {
    std::uint16_t size = 256;
    std::uint16_t enabled = 0;
    std::uint16_t notify_offset = 0;
    std::uint32_t page = 0;
  };
  std::map<std::uint16_t, Queue> queues;
  std::vector<std::uint16_t> notified;

  [[nodiscard]] std::uint32_t get(unsigned bar, std::uint32_t offset, std::uint32_t bytes) {
    std::uint32_t value = 0;
    if (bar == (legacy ? 0 : 4)) legacy ? before_legacy(offset) : before_modern(offset);
    std::memcpy(&value, bars[bar].data() + offset, bytes);
    return value;
  }
  void set(unsigned bar, std::uint32_t offset, std::uint32_t value, std::uint32_t bytes) {
    std::memcpy(bars[bar].data() + offset, &value, bytes);
    if (bar == (legacy ? 0 : 4)) legacy ? after_legacy(offset) : after_modern(offset);
  }

 private:
  template <class T>
  T& at(unsigned bar, std::uint32_t offset) {
    return *reinterpret_cast<T*>(bars[bar].data() + offset);
  }
  void reset_by(unsigned bar, std::uint32_t status) {
    if (at<std::uint8_t>(bar, status) != 0) return;
    accepted = 0;
    for (auto& [index, queue] : queues) queue.enabled = 0;
    if (never_resets) at<std::uint8_t>(bar, status) = 0x80;
  }
  // The common configuration of 4.1.4.3 at the start of BAR 4, notifications at 0x3000.
  void before_modern(std::uint32_t offset) {
    if (offset == 4)
      at<std::uint32_t>(4, 4) = static_cast<std::uint32_t>(features >> 32 * at<std::uint32_t>(4, 0));
    if (offset == 21 && changes_all_the_time) ++at<std::uint8_t>(4, 21);
    const auto& queue = queues[at<std::uint16_t>(4, 22)];
    if (offset == 24) at<std::uint16_t>(4, 24) = queue.size;
    if (offset == 30) at<std::uint16_t>(4, 30) = queue.notify_offset;
  }
  void after_modern(std::uint32_t offset) {
    if (offset == 12) accepted |= std::uint64_t{at<std::uint32_t>(4, 12)} << 32 * at<std::uint32_t>(4, 8);
    if (offset == 20) {
      reset_by(4, 20);
      if (refuses_features) at<std::uint8_t>(4, 20) &= static_cast<std::uint8_t>(~8U);
    }
    auto& queue = queues[at<std::uint16_t>(4, 22)];
    if (offset == 24) queue.size = at<std::uint16_t>(4, 24);
    if (offset == 28) queue.enabled = at<std::uint16_t>(4, 28);
    if (offset == 58) {
      queue.enabled = 0;
      at<std::uint16_t>(4, 58) = 0;
    }
    if (offset >= 0x3000) notified.push_back(at<std::uint16_t>(4, offset));
  }
  // The registers of 4.1.4.10.
  void before_legacy(std::uint32_t offset) {
    if (offset == 0) at<std::uint32_t>(0, 0) = static_cast<std::uint32_t>(features);
    if (offset == 12) at<std::uint16_t>(0, 12) = queues[at<std::uint16_t>(0, 14)].size;
    if (offset >= 20 && changes_all_the_time) ++at<std::uint8_t>(0, offset);
  }
  void after_legacy(std::uint32_t offset) {
    if (offset == 4) accepted = at<std::uint32_t>(0, 4);
    if (offset == 8) queues[at<std::uint16_t>(0, 14)].page = at<std::uint32_t>(0, 8);
    if (offset == 16) notified.push_back(at<std::uint16_t>(0, 16));
    if (offset == 18) reset_by(0, 18);
  }
};

class FakeFunctionBar final : public drivers::Bar {
 public:
  FakeFunctionBar(FakeRegisters& registers, unsigned index)
      : Bar(registers.bars[index].size()), registers_(registers), index_(index) {}

 protected:
  std::uint32_t read_trapped(std::uint32_t offset, std::uint32_t bytes) noexcept override {
    return registers_.get(index_, offset, bytes);
  }
  void write_trapped(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes) noexcept override {
    registers_.set(index_, offset, value, bytes);
  }

 private:
  FakeRegisters& registers_;
  unsigned index_;
};

/// A PCI function that exists in the test alone.
class FakeFunction final : public drivers::PciFunction {
 public:
  FakeFunction(FakeRegisters& registers, std::array<std::uint8_t, 256>& config)
      : registers_(registers), config_(config) {}

  Result<std::uint32_t> read_config(std::uint32_t offset, std::uint32_t bytes) override {
    std::uint32_t value = 0;
    if (offset + bytes > config_.size()) return fail(ExitCode::unavailable, "it ends there");
    std::memcpy(&value, config_.data() + offset, bytes);
    return value;
  }
  Result<void> write_config(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes) override {
    std::memcpy(config_.data() + offset, &value, bytes);
    return {};
  }
  Result<std::unique_ptr<drivers::Bar>> open_bar(unsigned index, std::size_t minimum) override {
    if (registers_.bars[index].size() < minimum) return fail(ExitCode::unavailable, "it has no such BAR");
    return std::make_unique<FakeFunctionBar>(registers_, index);
  }
  Result<void> map(const DmaMemory&) override { return {}; }
  void unmap(const DmaMemory&) noexcept override {}
  DeviceAddresses addresses() const noexcept override { return DeviceAddresses::linear; }
  Result<bool> reset() override { return false; }
  Result<int> interrupt(unsigned) override { return fail(ExitCode::refused, "it has none"); }
  bool gone() const noexcept override { return false; }

 private:
  FakeRegisters& registers_;
  std::array<std::uint8_t, 256>& config_;
};

}  // namespace ixyflow::test
