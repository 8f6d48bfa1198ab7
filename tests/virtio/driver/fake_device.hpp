#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "drivers/virtio/format/features.hpp"
#include "drivers/virtio/transport/transport.hpp"
#include "tests/virtio/driver/ring_model.hpp"

namespace ixyflow::test {

namespace feature = drivers::virtio::feature;
namespace status = drivers::virtio::status;

/// One register that does what the test wants when it is written.
class NotifyBar final : public drivers::Bar {
 public:
  explicit NotifyBar(std::function<void(std::uint16_t)> notified) : Bar(64), notified_(std::move(notified)) {}

 protected:
  std::uint32_t read_trapped(std::uint32_t, std::uint32_t) noexcept override { return 0; }
  void write_trapped(std::uint32_t, std::uint32_t value, std::uint32_t) noexcept override {
    notified_(static_cast<std::uint16_t>(value));
  }

 private:
  std::function<void(std::uint16_t)> notified_;
};

/// A virtio network device as a test wants it, and what the driver did to it. It outlives the transport.
class FakeDevice {
 public:
  FakeDevice() : bar([this](std::uint16_t queue) { notified(queue); }) {
    set_config<std::uint16_t>(6, 1);  // the link is up
    set_config<std::uint16_t>(8, 1);
    set_config<std::uint16_t>(10, 1500);
    config[0] = std::byte{0x02};
    config[5] = std::byte{0x01};
    set_config<std::uint8_t>(17, 40);
    set_config<std::uint16_t>(18, 128);
    set_config<std::uint32_t>(20, 0x3f);
  }
  template <class T>
  void set_config(std::size_t offset, T value) {
    std::memcpy(config.data() + offset, &value, sizeof value);
  }
  [[nodiscard]] bool packed() const { return (accepted & feature::kRingPacked) != 0; }
  [[nodiscard]] std::uint16_t control_queue() const {
    std::uint16_t pairs = 1;
    if ((accepted & (feature::kMq | feature::kRss)) != 0) std::memcpy(&pairs, config.data() + 8, 2);
    return static_cast<std::uint16_t>(2 * pairs);
  }
  [[nodiscard]] std::byte* at(std::uint64_t address) const {
    const DmaMemory* own = memory.at(0);
    return own->all().data() + (address - own->device_address(own->all().data()));
  }

  // What it is.
  std::uint64_t features =
      feature::kVersion1 | feature::kMac | feature::kStatus | feature::kCtrlVq | feature::kCtrlRx;
  std::vector<std::byte> config = std::vector<std::byte>(24);
  std::map<std::uint16_t, std::uint16_t> sizes;   ///< of queues; 256 where nothing else is said
  std::map<std::uint16_t, std::uint8_t> answers;  ///< to commands; 0 where nothing else is said
  bool legacy = false;
  bool started_pairs_work = false;
  bool refuses_features = false;
  bool never_resets = false;
  bool resets_no_queue = false;
  bool silent = false;  ///< gives no answer to commands
  bool connected = true;
  bool gone = false;

  // What was done to it.
  std::uint8_t now = 0;
  std::uint64_t accepted = 0;
  std::vector<std::string> steps;
  std::vector<std::pair<std::uint16_t, std::vector<std::uint8_t>>> commands;  ///< class in the lower byte
  std::map<std::uint16_t, std::unique_ptr<RingModel>> queues;
  std::map<std::uint16_t, unsigned> notifications;
  std::vector<const DmaMemory*> memory;
  bool can_reach_memory = true;
  NotifyBar bar;

 private:
  void notified(std::uint16_t queue) {
    ++notifications[queue];
    const auto found = queues.find(queue);
    if (queue != control_queue() || found == queues.end() || silent) return;
    while (const auto chain = found->second->take()) {
      std::vector<std::uint8_t> bytes;
      const std::byte* command = nullptr;
      for (const auto& segment : chain->segments) {
        if (segment.for_device) {
          std::uint16_t key = 0;
          std::memcpy(&key, bytes.data(), sizeof key);
          *at(segment.address) = std::byte{answers[key]};
          commands.emplace_back(key, std::vector<std::uint8_t>(bytes.begin() + 2, bytes.end()));
        } else {
          command = at(segment.address);
          const auto* from = reinterpret_cast<const std::uint8_t*>(command);
          bytes.insert(bytes.end(), from, from + segment.length);
        }
      }
      found->second->use(*chain, 1);
    }
  }
};

class FakeTransport final : public drivers::virtio::Transport {
 public:
  explicit FakeTransport(FakeDevice& device) : device_(device) {}

  Result<void> reset() override {
    device_.steps.emplace_back("reset");
    if (device_.gone || !device_.connected) return fail(ExitCode::unavailable, why_gone());
    if (device_.never_resets) return fail(ExitCode::unavailable, "it does not finish its reset");
    device_.now = 0;
    device_.accepted = 0;
    device_.queues.clear();
    device_.can_reach_memory = true;
    return {};
  }
  void cut_off() noexcept override { device_.can_reach_memory = false; }
  std::uint8_t status() override { return device_.gone ? 0xff : device_.now; }
  Result<void> add_status(std::uint8_t bits) override {
    device_.steps.push_back("status " + std::to_string(bits));
    device_.now |= bits;
    return {};
  }
  Result<std::uint64_t> device_features() override { return device_.features; }
  Result<void> accept_features(std::uint64_t features) override {
    device_.steps.emplace_back("features");
    if (device_.refuses_features)
      return fail(ExitCode::refused, "the device does not work with the features");
    device_.accepted = features;
    if (!device_.legacy) device_.now |= status::kFeaturesOk;
    return {};
  }
  bool legacy() const noexcept override { return device_.legacy; }
  Result<void> read_config(std::uint32_t offset, std::span<std::byte> bytes) override {
    if (offset + bytes.size() > device_.config.size()) return fail(ExitCode::unavailable, "it has none");
    std::memcpy(bytes.data(), device_.config.data() + offset, bytes.size());
    return {};
  }
  Result<std::uint16_t> queue_size(std::uint16_t index) override {
    const auto found = device_.sizes.find(index);
    return found != device_.sizes.end() ? found->second : std::uint16_t{256};
  }
  Result<drivers::virtio::Notifier> start_queue(const drivers::virtio::QueuePlace& place) override {
    device_.steps.push_back("queue " + std::to_string(place.index));
    device_.queues[place.index] = std::make_unique<RingModel>(place, device_.packed());
    return drivers::virtio::Notifier(device_.bar, 0, place.index, false);
  }
  Result<void> reset_queue(std::uint16_t index) override {
    device_.steps.push_back("reset queue " + std::to_string(index));
    if (device_.resets_no_queue) return fail(ExitCode::unavailable, "the device does not reset its queue");
    device_.queues.erase(index);
    return {};
  }
  bool started_pairs_work() const noexcept override { return device_.started_pairs_work; }
  Result<void> map(const DmaMemory& memory) override {
    return device_.memory.push_back(&memory), Result<void>();
  }
  void unmap(const DmaMemory&) noexcept override { device_.memory.clear(); }
  DeviceAddresses addresses() const noexcept override { return DeviceAddresses::linear; }
  bool gone() const noexcept override { return device_.gone; }
  std::string why_gone() const override { return device_.gone ? "it was pulled out" : "the peer has left"; }
  bool connected() const noexcept override { return device_.connected && !device_.gone; }

 private:
  FakeDevice& device_;
};

}  // namespace ixyflow::test
