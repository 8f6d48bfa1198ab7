#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/api.hpp"
#include "core/base/registry.hpp"
#include "core/base/statistics/counter.hpp"
#include "core/base/values/parameters.hpp"
#include "core/device/port.hpp"

namespace ixyflow {

enum class PortDirection : std::uint8_t { receive, transmit };

/// A counter of a port; a drop if it counts packets that were lost in the port itself.
struct PortCounterSpec {
  std::string name;
  std::string doc;
  bool drop = false;
  PortDirection direction = PortDirection::receive;
  /// What one queue of that direction has counted; empty: declared without a member. On the queue's worker,
  /// its one writer, or after its end.
  std::function<std::uint64_t(const Port&, std::uint16_t queue)> value;
  std::function<std::uint64_t(const Port&, std::uint16_t queue)>
      bytes{};  ///< of what `value` counts; empty: unknown
};

/// All that is known of a port driver.
struct PortSpec {
  std::string name;  ///< as in `driver = "pcap"`
  std::string doc;
  std::vector<ParameterSpec> parameters;
  std::vector<PortCounterSpec> counters;
  std::vector<std::string> positional;  ///< parameters that may be given without their name, in this order
  /// The one that is meant at the end of a path (`-> pcap:out.pcap`), when a single value has no name; empty:
  /// the first of `positional`.
  std::string written_to;
  std::function<std::unique_ptr<Port>()> create;
};

/// What a port's `describe` writes into.
template <class T>
class PortSpecOf : public ParameterDeclarations<T> {
 public:
  explicit PortSpecOf(PortSpec& spec) : ParameterDeclarations<T>(spec.parameters), spec_(spec) {
    spec_.create = [] { return std::make_unique<T>(); };
  }
  PortSpecOf& doc(std::string text) { return spec_.doc = std::move(text), *this; }
  PortSpecOf& positional(std::vector<std::string> names) {
    return spec_.positional = std::move(names), *this;
  }
  PortSpecOf& written_to(std::string name) { return spec_.written_to = std::move(name), *this; }

  /// A counter of a driver that has one queue in each direction.
  /// C is Counter or SharedCounter, here and below.
  template <class Owner, class C>
  PortSpecOf& counter(std::string name, C Owner::*member, std::string doc) {
    return add(std::move(name), std::move(doc), false, PortDirection::receive, of_first_queue(member));
  }
  /// A counter of each receive queue: `queues` is a container of what the driver keeps per queue, `member`
  /// the counter in there. Reports add them up.
  template <class Owner, class Queues, class Queue, class C>
  PortSpecOf& counter(std::string name, Queues Owner::*queues, C Queue::*member, std::string doc) {
    return add(std::move(name), std::move(doc), false, PortDirection::receive, of_queue(queues, member));
  }

  /// Packets lost in the port: on the way in before an element saw them, or on the way out after `tx` took
  /// them; C is FrameCounter there, so that they do not count as sent with their bytes either.
  template <class Owner, class C>
  PortSpecOf& drop(PortDirection direction, std::string name, C Owner::*member, std::string doc) {
    add(std::move(name), std::move(doc), true, direction, of_first_queue(member));
    if constexpr (kHasBytes<C>) spec_.counters.back().bytes = of_first_queue(member, &C::bytes);
    return *this;
  }
  /// The same, counted by each queue of that direction.
  template <class Owner, class Queues, class Queue, class C>
  PortSpecOf& drop(PortDirection direction, std::string name, Queues Owner::*queues, C Queue::*member,
                   std::string doc) {
    add(std::move(name), std::move(doc), true, direction, of_queue(queues, member));
    if constexpr (kHasBytes<C>) spec_.counters.back().bytes = of_queue(queues, member, &C::bytes);
    return *this;
  }

 private:
  using Value = std::function<std::uint64_t(const Port&, std::uint16_t)>;

  template <class C>
  static constexpr bool kHasBytes = requires(const C& counter) {
    counter.bytes();
  };
  template <class C>
  using Number = std::uint64_t (C::*)() const noexcept;

  template <class Owner, class C>
  static Value of_first_queue(C Owner::*member, Number<C> number = &C::value) {
    if (member == nullptr) return {};
    return [member, number](const Port& port, std::uint16_t queue) {
      return queue == 0 ? ((static_cast<const T&>(port).*member).*number)() : 0;
    };
  }
  template <class Owner, class Queues, class Queue, class C>
  static Value of_queue(Queues Owner::*queues, C Queue::*member, Number<C> number = &C::value) {
    if (queues == nullptr || member == nullptr) return {};
    return [queues, member, number](const Port& port, std::uint16_t queue) {
      return (((static_cast<const T&>(port).*queues)[queue].*member).*number)();
    };
  }

  PortSpecOf& add(std::string name, std::string doc, bool drop, PortDirection direction, Value value) {
    spec_.counters.push_back({std::move(name), std::move(doc), drop, direction, std::move(value)});
    return *this;
  }
  PortSpec& spec_;
};

/// All port drivers of the program and of its plugins.
class IXYFLOW_API PortRegistry : public Registry<PortSpec> {
 public:
  static PortRegistry& instance();
};

template <class T>
using PortRegistration = Registration<T, PortRegistry, PortSpecOf>;

}  // namespace ixyflow

/// The last line of a port driver's file.
#define IXYFLOW_PORT(T, name) IXYFLOW_REGISTER(::ixyflow::PortRegistration, T, name)
