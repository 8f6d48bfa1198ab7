#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/diagnostics.hpp"
#include "core/base/values/value.hpp"
#include "core/device/port.hpp"
#include "core/element/element.hpp"
#include "core/element/resource.hpp"
#include "core/element/spec.hpp"
#include "core/packet/mempool.hpp"
#include "tests/support/frames.hpp"

namespace ixyflow::test {

/// A packet that left the element under test.
struct Sent {
  std::string exit;  ///< "out", "expired", "truncated": a declared name, or the number of an unnamed output
  ExitKind kind = ExitKind::output;
  Bytes bytes;
  std::uint32_t wire_length = 0;
  Nanoseconds timestamp = 0;
  std::uint8_t paint = 0;
  std::uint16_t input_port = 0;
  std::uint32_t next_hop = 0;
  /// Whether its layer offsets, if it says that it has them, are those of its bytes.
  bool layers_right = true;
};

/// What goes into an element: a frame, and what a port would say about it.
struct Input {
  Input(Bytes frame) : bytes(std::move(frame)) {}
  Input(Bytes frame, std::uint32_t length_on_wire) : bytes(std::move(frame)), wire_length(length_on_wire) {}
  Bytes bytes;
  std::uint32_t wire_length = 0;  ///< 0: all of it is here
  Nanoseconds timestamp = 0;
  std::uint8_t paint = 0;
  std::uint16_t input_port = 0;
  std::uint32_t next_hop = 0;
};

struct HarnessOptions {
  PortIndex inputs = 1;   ///< of elements whose inputs are as wired
  PortIndex outputs = 2;  ///< of elements whose outputs are as wired
  std::uint32_t buffers = 1024;
  BufferLayout layout = {};
  /// The packets that go in come from another core's pool, cut like this.
  std::optional<BufferLayout> input_layout = std::nullopt;
  std::uint32_t burst = 32;
  std::uint64_t seed = 1;
  std::uint32_t copy = 0;  ///< which one it is of `copies` on several cores
  std::uint32_t copies = 1;
  /// What its resource parameters stand for; without one, an empty one of the type is made.
  Resource* resource = nullptr;
  Port* port = nullptr;  ///< what its port parameter stands for; attached and detached by the harness
};

/// One element in the hands of a test, as a worker would hold it: configured, prepared, with a pool, a
/// simulated clock that stands at 0, and outputs that collect what leaves.
///
///   ElementHarness ttl("DecIPTTL");
///   const Sent sent = ttl.send(udp_frame());
///   CHECK(sent.exit == "out");
///
/// It holds the element to the contract all the time, and ends the program with a report when it breaks it:
/// after every call in + created + received = exits + held; nothing left in a batch; an element that promises
/// to keep the length does; nothing leaves by an exit that was not declared; no memory is allocated while it
/// works (except under ThreadSanitizer, where nobody counts); and at the end, after a flush, every buffer is
/// home.
class ElementHarness {
 public:
  explicit ElementHarness(std::string_view type, HarnessOptions options = {});
  /// With parameters in TOML, as they stand below `[elements.x]`: "ttl = 3\nset = { \"eth.dst\" = \"…\" }".
  /// Throws std::runtime_error with the messages when they are refused.
  ElementHarness(std::string_view type, std::string_view toml, HarnessOptions options = {});
  ElementHarness(std::string_view type, const char* toml, HarnessOptions options = {});
  ElementHarness(std::string_view type, Value::Table parameters, HarnessOptions options = {});
  ~ElementHarness();
  ElementHarness(const ElementHarness&) = delete;
  ElementHarness& operator=(const ElementHarness&) = delete;

  /// One packet in, the one packet that it became out. Throws std::runtime_error when none or several left.
  Sent send(const Input& packet, PortIndex input = 0);
  /// One batch in (at most 256 packets); what left, in the order in which it left.
  std::vector<Sent> send_batch(std::span<const Input> packets, PortIndex input = 0);
  std::vector<Sent> send_batch(const std::vector<Bytes>& frames, PortIndex input = 0);

  /// One call of `poll`, `flush`.
  std::vector<Sent> poll();
  std::vector<Sent> flush();
  /// Moves the clock to `time` (never back), calling `tick` for every timer when it is due.
  std::vector<Sent> advance_to(Nanoseconds time);

  /// A declared counter, of a histogram the number of its values; throws std::out_of_range for another name.
  [[nodiscard]] std::uint64_t counter(std::string_view name) const;
  [[nodiscard]] const Histogram& histogram(std::string_view name) const;
  /// Packets and bytes that left by an exit so far, those taken by a port included.
  [[nodiscard]] std::uint64_t packets(std::string_view exit) const;
  [[nodiscard]] std::uint64_t bytes(std::string_view exit) const;
  [[nodiscard]] std::uint64_t created() const;
  /// Packets that could not be created.
  [[nodiscard]] std::uint64_t no_buffer() const;
  /// Lines printed since the last call.
  std::vector<std::string> take_lines();
  /// What `Outputs::room` says from now on, of every output.
  void set_room(std::uint32_t packets);
  /// Takes buffers out of the pool until only `left` are there, or gives them back (`left` larger).
  void leave_buffers(std::uint32_t left);

  [[nodiscard]] Element& element() noexcept;
  [[nodiscard]] const ElementSpec& spec() const noexcept;
  [[nodiscard]] Mempool& pool() noexcept;
  [[nodiscard]] const Clock& clock() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A table of parameters by hand: parameters({{"ttl", 64}, {"label", "x"}}).
struct Setting {
  Setting(std::string name, Value given) : key(std::move(name)), value(std::move(given)) {}
  Setting(std::string name, const char* text)
      : Setting(std::move(name), Value(Value::Data(std::string(text)))) {}
  Setting(std::string name, bool flag) : Setting(std::move(name), Value(Value::Data(flag))) {}
  Setting(std::string name, int number)
      : Setting(std::move(name), Value(Value::Data(std::int64_t{number}))) {}
  Setting(std::string name, Value::List list)
      : Setting(std::move(name), Value(Value::Data(std::move(list)))) {}
  Setting(std::string name, Value::Table table)
      : Setting(std::move(name), Value(Value::Data(std::move(table)))) {}
  std::string key;
  Value value;
};
Value::Table parameters(std::initializer_list<Setting> settings);
/// A list of texts: patterns and the like.
Value::List texts(std::initializer_list<const char*> items);
/// The table that TOML text stands for; throws std::runtime_error when it does not parse.
Value::Table parse_toml(std::string_view toml);

/// What is wrong with the parameters of an element of this type: its messages, one per line, empty when they
/// are accepted.
std::string refusal(std::string_view type, const Value::Table& parameters, HarnessOptions options = {});
std::string refusal(std::string_view type, std::string_view toml, HarnessOptions options = {});

/// The packets that left by `exit`, in order.
std::vector<Sent> only(const std::vector<Sent>& sent, std::string_view exit);
/// The exits in order: {"out", "out", "expired"}.
std::vector<std::string> exits_of(const std::vector<Sent>& sent);

/// Allocations of the calling thread so far: malloc and all that stands on it. 0 for ever under
/// ThreadSanitizer, whose own malloc cannot be counted.
std::uint64_t allocations() noexcept;

}  // namespace ixyflow::test
