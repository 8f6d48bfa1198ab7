#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/base/api.hpp"
#include "core/base/clock.hpp"
#include "core/element/port_index.hpp"
#include "core/packet/batch.hpp"
#include "core/packet/mempool.hpp"

namespace ixyflow {

/// What has left an element one way so far.
struct ExitCounts {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

/// One way out of an element, as the hot path sees it. The runtime knows where it leads.
struct Exit : ExitCounts {
  Batch* staged = nullptr;  ///< what `push` collects until the call into the element returns
};

/// Where an element's packets go, and all that an element may ask of its worker while it runs. One per
/// element; valid during `process`, `poll`, `tick` and `flush`, on the worker's thread.
class IXYFLOW_API Outputs {
 public:
  Outputs(const Outputs&) = delete;
  Outputs& operator=(const Outputs&) = delete;

  /// The whole batch leaves by `exit`: an output, a drop or a consumption. Here and in all that follows, an
  /// exit that the element has not declared (or an output that is not wired, of those that are as wired) ends
  /// the run with the element's name. The caller must not touch it
  /// afterwards. The batch that `process` was given and that of `batch` belong to the runtime: they change
  /// hands by a swap of two pointers. A batch of the element's own keeps its owner: its packets are moved to
  /// one of the runtime's, which takes a few instructions for each, and it is empty afterwards.
  virtual void forward(PortIndex exit, Batch& batch) noexcept = 0;

  /// Packet i leaves by exits[i]; `exits` has batch.size() places. The caller must not touch the batch
  /// afterwards.
  virtual void split(Batch& batch, const PortIndex* exits) noexcept = 0;

  /// One packet leaves by `exit`. The order of pushes is kept on each exit. A `process` that pushed every
  /// packet of its batch has nothing else to do: the runtime empties the batch.
  void push(PortIndex exit, Packet* packet) noexcept {
    if (exit >= kMaxExits) [[unlikely]]
      deliver(exit);  // does not return
    stage(exit, packet);
  }

  /// For `poll`: an empty batch to fill and to forward.
  [[nodiscard]] virtual Batch& batch() noexcept = 0;

  // New packets, for elements that declare `creates`. They come from this core's pool, count as created, and
  // are in the element's hands. What the pool does not have is counted as `no_buffer`.

  /// Empty ones: fills `packets` from the front and returns how many there were.
  [[nodiscard]] std::uint32_t create(std::span<Packet*> packets) noexcept {
    const std::uint32_t count = pool_->allocate(packets);
    created_ += count;
    no_buffer_ += packets.size() - count;
    return count;
  }
  /// A copy of `original`, metadata and all; null when there is no buffer that is large enough.
  [[nodiscard]] Packet* copy(const Packet& original) noexcept {
    Packet* const copy = pool_->copy(original);
    ++(copy != nullptr ? created_ : no_buffer_);
    return copy;
  }
  /// An empty packet that came from where `original` did (Packet::inherit_from), for a reply to it or a piece
  /// of it; null when there is no buffer.
  [[nodiscard]] Packet* create_like(const Packet& original) noexcept {
    Packet* packet = nullptr;
    if (create({&packet, 1}) != 0) packet->inherit_from(original);
    return packet;
  }

  /// Packets that the next ring or transmit queue behind `output` takes now; very large where nothing waits.
  [[nodiscard]] virtual std::uint32_t room(PortIndex output) const noexcept = 0;

  /// Number of outputs (of `as wired` elements: those in use).
  [[nodiscard]] PortIndex outputs() const noexcept { return output_count_; }
  /// The most packets that a source may give out in one poll.
  [[nodiscard]] std::uint32_t burst() const noexcept { return burst_; }
  /// Time of this round.
  [[nodiscard]] Nanoseconds now() const noexcept { return clock_->now(); }

  /// One line for the user's stderr, through a ring that drops what does not fit (and counts it). At most 240
  /// characters; control characters are shown as escapes.
  virtual void print(std::string_view line) noexcept = 0;

  /// What only the ends of a pipeline say, FromDevice and ToDevice: in port_end.hpp.
  class PortEnd;

 protected:
  Outputs() = default;
  ~Outputs() = default;
  /// Empties exits_[exit].staged. An exit that was not declared ends the run.
  virtual void deliver(PortIndex exit) noexcept = 0;
  virtual void received(std::uint32_t count) noexcept = 0;  ///< see PortEnd

  /// `push` by an exit below kMaxExits. One that was not declared is always full, so that the packet path
  /// looks no second time.
  void stage(PortIndex exit, Packet* packet) noexcept {
    if (exits_[exit].staged->room() == 0) [[unlikely]]
      deliver(exit);
    exits_[exit].staged->push(packet);
    pushed_ = true;
  }

  Exit* exits_ = nullptr;  ///< kMaxExits of them, by PortIndex
  const Clock* clock_ = nullptr;
  std::uint32_t burst_ = 0;
  PortIndex output_count_ = 0;
  bool pushed_ = false;      ///< some exit has staged packets
  Mempool* pool_ = nullptr;  ///< of this core, for what is made or copied
  std::uint64_t created_ = 0;
  std::uint64_t no_buffer_ = 0;
};

}  // namespace ixyflow
