#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/api.hpp"
#include "core/base/clock.hpp"
#include "core/base/diagnostics.hpp"
#include "core/base/messages/event.hpp"
#include "core/base/result.hpp"
#include "core/base/rights.hpp"
#include "core/base/values/value.hpp"
#include "core/device/playback_clock.hpp"
#include "core/net/addresses.hpp"
#include "core/packet/dma_memory.hpp"
#include "core/packet/mempool.hpp"
#include "core/packet/packet.hpp"

namespace ixyflow {

/// How a port that has several receive queues deals packets out to them.
enum class QueueDealing : std::uint8_t {
  at_random,      ///< would tear flows apart: several queues are not used to feed copies of an element
  by_flow,        ///< packets of a flow, which is one direction of a connection, come by one queue
  by_connection,  ///< packets of both directions come by one queue, the same on all ports of the driver
  by_rss_key,     ///< one of the last two, as the key is that the plan chooses
};

/// The key of a device's Toeplitz hash (receive-side scaling).
enum class RssKey : std::uint8_t {
  full,       ///< every bit counts: spreads whatever comes, but the two directions of a connection apart
  symmetric,  ///< both directions have the same hash, and many connections have it, too
};

/// What is known of a port once it is open.
struct PortFacts {
  std::optional<EtherAddress> address;  ///< its own; nothing where it has none
  std::optional<std::uint32_t> mtu;     ///< bytes behind the Ethernet header; nothing where nobody knows
  bool link = true;                     ///< up
};

/// What a port is, known after `configure` and before the machine is touched.
struct PortProperties {
  bool receives = true;
  bool transmits = true;
  std::uint16_t receive_queues = 1;   ///< the most that it can have
  std::uint16_t transmit_queues = 1;  ///< the most that it can have
  QueueDealing dealing = QueueDealing::by_connection;
  std::optional<RssKey> rss_key;  ///< that the user wants; nothing: the plan chooses
  /// Others make its packets, in the network or in a guest, and may choose them to do harm.
  bool from_others = false;
  bool can_wait = false;  ///< its packets come when they are fetched (a file), not when they like (a NIC)
  /// How its device knows packet memory. With `physical` the run needs huge pages, with `linear` it takes
  /// what there is.
  DeviceAddresses addresses = DeviceAddresses::none;
  /// Its device is another process, which is given packet memory and may do to it whatever it likes: only
  /// what holds frames that come from it or may go to it.
  bool shares_memory = false;
  std::size_t queue_memory = 0;  ///< bytes that it takes from packet memory for each queue, see `use_memory`
  int node = -1;                 ///< NUMA node; -1: near to everything
  std::uint32_t buffers = 0;     ///< the most that it holds per queue: descriptors, a write queue
  /// The most packets that a transmit queue takes, when it is empty.
  std::uint32_t transmit_room = std::numeric_limits<std::uint32_t>::max();
  /// How long a receive queue can be left alone before packets that come as fast as they can are lost; 0: for
  /// ever. An adaptive worker sleeps no longer.
  Nanoseconds longest_pause = 0;
  /// What nobody else may use at the same time, files aside: "device 0000:03:00.0".
  std::vector<std::string> claims;
  /// Paths of files that it reads, which others may read as well, but for pipes; "-": the standard input.
  std::vector<std::string> reads;
  /// Paths of files that it writes, which nobody else may use; "-": the standard output. Two paths of one
  /// file are found out.
  std::vector<std::string> writes;
};

/// What `configure` may ask and where it reports mistakes.
struct PortConfiguration {
  Diagnostics& diagnostics;
  const Value::Table& parameters;
  SourceRange where;
  std::string owner;  ///< "port 'lan' (driver pcap)"
  std::uint64_t seed = 0;
  std::uint32_t packet_size = 0;  ///< data room of the buffers, in bytes
  bool used_to_receive = false;   ///< an element receives from it
  bool used_to_transmit = false;  ///< an element transmits to it
  bool used_with_others = false;  ///< so it does to a port of another driver
  /// Of all ports of the pipeline, for those that play what was recorded; null: it plays alone.
  std::shared_ptr<PlaybackClock> playback = nullptr;
};

/// What a queue works with, on the core that uses it.
struct QueueContext {
  Mempool* pool = nullptr;       ///< buffers for what is received; takes what was transmitted
  const Clock* clock = nullptr;  ///< of the worker
  std::uint16_t port_index = 0;  ///< for Packet::input_port
};

/// A port: a NIC, a file, a generator. Derive, describe parameters and drops in `describe(PortSpecOf<T>&)`,
/// end the file with IXYFLOW_PORT(T, "name").
///
/// Life cycle: construct -> parameters set -> configure -> survey -> use_queues, use_rss_key, open,
/// use_memory (from here on the machine is touched) -> attach_* on the queues' workers -> start -> needs ->
/// rx, tx on these, supervise now and then -> stop -> detach_* on the workers -> close -> destroy. All but
/// attach, rx, tx and detach are the control thread's, so that nothing but the packet path is ever in two
/// threads.
class IXYFLOW_API Port {
 public:
  virtual ~Port() = default;

  /// Checks what the parameters' types could not. Touches nothing: `ixyflow check` calls it too.
  virtual void configure(PortConfiguration& /*configuration*/) {}
  [[nodiscard]] virtual PortProperties properties() const = 0;

  /// Looks where the device is, by reading only: from then on `properties` know its NUMA node and its memory.
  /// Before a plan for this machine is made; never for `ixyflow check`. An error: it is not there.
  virtual Result<void> survey() { return {}; }

  /// How many queues will be used, numbered from 0: at most what `properties` say. Once, before `open`.
  virtual void use_queues(std::uint16_t /*receive*/, std::uint16_t /*transmit*/) {}
  /// By which key it deals packets out to these queues, if it does so by RSS. Once, before `open`.
  virtual void use_rss_key(RssKey /*key*/) {}

  /// Opens files, maps registers. An error leaves nothing behind.
  virtual Result<void> open() { return {}; }
  /// Lets the device reach the packet memory of its frames: one per NUMA node in use, more where other ports
  /// share theirs. `own` lies on the port's node or nearest to it, with `queue_memory` bytes in it for each
  /// queue. After `open`; it outlives `close`.
  virtual Result<void> use_memory(std::span<const DmaMemory* const> /*all*/, DmaMemory& /*own*/) {
    return {};
  }
  virtual void attach_rx(std::uint16_t /*queue*/, const QueueContext& /*context*/) {}
  virtual void attach_tx(std::uint16_t /*queue*/, const QueueContext& /*context*/) {}

  /// All queues are attached: lets the device work. An error ends the start of the run.
  virtual Result<void> start() { return {}; }
  /// Whether what it is given would leave: a link that is down is not ready. Workers begin when all ports
  /// are, or after three seconds, so that what comes in first does not meet a link that comes up last. After
  /// `start`.
  [[nodiscard]] virtual bool ready() const noexcept { return true; }
  /// Looks after the device while workers use it, every few milliseconds: link, faults, statistics. What an
  /// operator wants to know goes to `event`, one sentence each, without the port's name. Never waits for
  /// long.
  virtual void supervise(const EventSink& /*event*/) {}
  /// Address and MTU from `open` on; until then, and where nobody knows, nothing. The link at this moment.
  [[nodiscard]] virtual PortFacts facts() const { return {}; }
  /// What it must still be able to open, reach or do until it is closed, recovery included; asked after
  /// `start` and before anything is taken from the process. What is open stays open.
  [[nodiscard]] virtual Rights needs() const { return {}; }
  /// Keeps the device from touching memory from now on, after what was given to it has left or could not
  /// leave in time. Workers may still call `rx` and `tx`. Also after a failed `start`.
  virtual void stop() noexcept {}

  /// Fills `packets` from the front with received packets, time stamps set, and returns how many. Never
  /// blocks.
  virtual std::uint32_t rx(std::uint16_t /*queue*/, std::span<Packet*> /*packets*/) noexcept { return 0; }
  /// Nothing more will come from this queue.
  [[nodiscard]] virtual bool exhausted(std::uint16_t /*queue*/) const noexcept { return false; }
  /// When the next packet is due, for a simulated clock; kNever when unknown, 0 when there is one now.
  [[nodiscard]] virtual Nanoseconds next_due(std::uint16_t /*queue*/) const noexcept {
    return std::numeric_limits<Nanoseconds>::max();
  }

  /// Takes the first n packets, which it returns, and will free; the rest stay the caller's. Never blocks,
  /// except for ports that are system calls by nature.
  virtual std::uint32_t tx(std::uint16_t /*queue*/, std::span<Packet* const> /*packets*/) noexcept {
    return 0;
  }
  /// How many packets tx would take now. Asked now and then also when nothing is sent, so that a port can
  /// finish what it has begun.
  [[nodiscard]] virtual std::uint32_t tx_room(std::uint16_t /*queue*/) noexcept {
    return std::numeric_limits<std::uint32_t>::max();
  }

  /// Called on the queue's worker when it ends: gives its buffers back to the pool.
  virtual void detach_rx(std::uint16_t /*queue*/) noexcept {}
  virtual void detach_tx(std::uint16_t /*queue*/) noexcept {}
  /// Writes out what is left, gives the device back. Every error that `rx` and `tx` could only count is
  /// returned here (output: not everything was written; input: the file is damaged). Called once, also after
  /// failures.
  virtual Result<void> close() { return {}; }
};

}  // namespace ixyflow
