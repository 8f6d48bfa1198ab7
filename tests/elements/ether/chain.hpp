#pragma once

#include <algorithm>
#include <stdexcept>

#include "core/packet/layers.hpp"
#include "tests/support/element_harness.hpp"

namespace ixyflow::test {

/// Says where one packet went and leaves it to the test.
class OnePacketOutputs final : public Outputs {
 public:
  void forward(PortIndex exit, Batch& batch) noexcept override {
    left_by = exit;
    batch.clear();
  }
  void split(Batch& batch, const PortIndex* exits) noexcept override { forward(exits[0], batch); }
  Batch& batch() noexcept override { return unused_; }
  void received(std::uint32_t /*count*/) noexcept override {}
  std::uint32_t room(PortIndex /*output*/) const noexcept override { return ~0U; }
  void print(std::string_view /*line*/) noexcept override {}

  PortIndex left_by = 0;

 private:
  void deliver(PortIndex /*exit*/) noexcept override {}
  Batch unused_;
};

/// Takes one and the same packet, with all of its metadata, from element to element by their outputs `out`.
class PacketOnItsWay {
 public:
  PacketOnItsWay(Mempool& pool, const Bytes& frame) : pool_(pool) {
    if (pool.allocate({&packet_, 1}) != 1) throw std::runtime_error("no buffer");
    std::ranges::copy(frame, packet_->data());
    packet_->set_length(static_cast<std::uint32_t>(frame.size()));
  }
  ~PacketOnItsWay() { pool_.free(packet_); }
  PacketOnItsWay(const PacketOnItsWay&) = delete;
  PacketOnItsWay& operator=(const PacketOnItsWay&) = delete;

  PacketOnItsWay& through(ElementHarness& harness) {
    OnePacketOutputs outputs;
    Batch batch;
    batch.push(packet_);
    batch.bytes = packet_->length();
    harness.element().process(0, batch, outputs);
    if (outputs.left_by != 0)
      throw std::runtime_error(harness.spec().name + " did not send it by its first output");
    return *this;
  }

  [[nodiscard]] Packet& packet() noexcept { return *packet_; }
  [[nodiscard]] Bytes bytes() const { return Bytes(bytes_of(static_cast<const Packet&>(*packet_))); }

 private:
  Mempool& pool_;
  Packet* packet_ = nullptr;
};

}  // namespace ixyflow::test
