#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/api.hpp"
#include "core/base/statistics/counter.hpp"
#include "core/base/statistics/histogram.hpp"
#include "core/base/values/parameters.hpp"
#include "core/element/element.hpp"
#include "core/element/resource.hpp"

namespace ixyflow {

class Port;

/// What becomes of a packet that leaves by an exit.
enum class ExitKind : std::uint8_t {
  output,    ///< goes to the element that is wired there; unconnected, it is dropped as `element.output`
  sent,      ///< a port took it
  intended,  ///< dropped, and that is what the element is for: a filter, Discard
  fault,     ///< dropped, because something was wrong: with the packet, or for want of room
  consumed,  ///< answered or put together: did what it came for
};

struct ExitSpec {
  PortIndex index = 0;
  ExitKind kind = ExitKind::output;
  std::string name;
  std::string doc;
};

struct InputSpec {
  std::string name;
  std::string doc;
};

/// What a counter's number means, and so how those of an element's copies are put together.
enum class CounterKind : std::uint8_t {
  sum,        ///< only grows; added up
  maximum,    ///< the most that something was at one time; the largest one
  gauge,      ///< what something is now: goes up and down; added up
  histogram,  ///< how values are distributed; merged
};

struct CounterSpec {
  std::string name;
  std::string doc;
  CounterKind kind = CounterKind::sum;
  std::function<std::uint64_t(const Element&)> value;         ///< of a histogram: how many values it has
  std::function<const Histogram&(const Element&)> histogram;  ///< of that kind only
  /// That it is kept in, of an object as constructed; null: of a gauge, or it was declared without one, and
  /// then has no `value` either.
  const void* member = nullptr;
};

/// A table that an element shows of itself, for what numbers alone cannot tell: `ixyflow get ELEMENT.NAME`.
struct ViewSpec {
  std::string name;
  std::string sorted_by;  ///< a column of numbers, by which rows of several copies are put together
  std::string doc;
  std::function<std::vector<Value::Table>(const Element&)> rows;
};

/// Where the number of an element's outputs comes from.
enum class OutputCount : std::uint8_t {
  declared,      ///< those that `describe` declares
  by_parameter,  ///< one per item of a list parameter, or per entry of a table parameter, whose keys are
                 ///< their names
  as_wired,      ///< as many as the graph uses
};

/// What copies of an element on several cores may do.
enum class Replication : std::uint8_t {
  per_core,        ///< one independent copy per core
  per_flow,        ///< one copy per core, right only when all packets of a flow reach the same one
  per_connection,  ///< the same for both directions of a connection
  single,          ///< never copied
};

/// A use of a port by an element. The runtime fills in `port` and `queue` and attaches the queue before
/// `prepare`.
struct PortRef {
  std::string name;
  Port* port = nullptr;
  std::uint16_t queue = 0;
};

template <>
struct ParameterType<PortRef> {
  static constexpr std::string_view kName = "port";
  static constexpr ParameterShape kShape = ParameterShape::string;
  static std::optional<PortRef> parse(const Value& value, const ParameterSpec& spec,
                                      Diagnostics& diagnostics) {
    auto name = ParameterType<std::string>::parse(value, spec, diagnostics);
    return name ? std::optional(PortRef{std::move(*name)}) : std::nullopt;
  }
  static std::string show(const PortRef& port) { return port.name.empty() ? "" : quote(port.name); }
};

enum class PortUse : std::uint8_t { receive, transmit };

struct PortUseSpec {
  std::string parameter;  ///< that names the port
  PortUse use = PortUse::receive;
  std::function<PortRef&(Element&)> get;
};

/// A use of a resource by an element. core/graph/making binds it before `configure`.
struct ResourceUseSpec {
  std::string parameter;  ///< that names the resource
  std::string type;       ///< of the resource
  std::function<void(Element&, Resource&)> set;
};

/// Keys of an element's table that are no parameters of its type: they say what it is and where it runs.
inline const std::vector<std::string> kElementKeys{"type", "core"};

/// What an element is called of which only the type is known: "ether_mirror" for "EtherMirror", "vlan_decap"
/// for "VLANDecap".
std::string instance_name(std::string_view type);

/// All that is known of an element type: the one declaration from which validation, help, schema, wiring,
/// statistics and the contract test are derived.
struct ElementSpec {
  std::string name;
  std::string doc;
  std::string example;  ///< TOML: tables and paths; `in` and `out` are a source and a sink that exist
  std::vector<ParameterSpec> parameters;
  std::vector<InputSpec> inputs;
  std::vector<ExitSpec> exits;  ///< in the order of declaration
  std::vector<CounterSpec> counters;
  std::vector<ViewSpec> views;
  std::vector<PortUseSpec> ports;
  std::vector<ResourceUseSpec> resources;
  std::vector<std::function<Timer&(Element&)>> timers;  ///< empty: declared without a member
  OutputCount output_count = OutputCount::declared;
  std::string output_parameter;  ///< for by_parameter
  bool inputs_as_wired = false;
  bool processes = false;  ///< takes packets in
  bool polls = false;      ///< gives packets out by itself
  bool keeps_length = false;
  bool creates = false;  ///< makes new packets (copies, replies), beside those that it receives from a port
  /// Each packet leaves by one exit only, never by several: what its outputs get together is what it gets.
  bool one_way = false;
  /// Its copies choose by `Configuration::copy_of` which of them gets replies.
  bool translates = false;
  bool from_plugin = false;    ///< says who has loaded it
  std::uint32_t headroom = 0;  ///< the most bytes that it puts in front of a packet
  Replication replication = Replication::per_core;
  std::function<std::unique_ptr<Element>()> create;

  /// A source feeds the pipeline from outside: it polls and has no input.
  [[nodiscard]] bool source() const noexcept { return polls && !processes; }
  /// Cuts the order like a ring: takes in and gives out at its own pace.
  [[nodiscard]] bool cuts() const noexcept { return polls && processes; }

  /// Adds what follows from the rest. Called once, after `describe`.
  IXYFLOW_API void complete();

  /// The exit that was declared as `index`, which must be one.
  [[nodiscard]] const ExitSpec& exit(PortIndex index) const noexcept;
};

/// What `describe` writes into. Every call declares one fact; see ElementSpec for what becomes of it.
template <class T>
class Spec : public ParameterDeclarations<T> {
 public:
  explicit Spec(ElementSpec& spec) : ParameterDeclarations<T>(spec.parameters), spec_(spec) {
    spec_.processes = !std::is_same_v<decltype(&T::process), decltype(&Element::process)>;
    spec_.polls = !std::is_same_v<decltype(&T::poll), decltype(&Element::poll)>;
    if constexpr (requires { T::kOneWay; }) spec_.one_way = T::kOneWay;
    spec_.create = [] { return std::make_unique<T>(); };
  }

  /// What it does, in one or a few sentences; where it differs from Click's element of the name; RFCs.
  Spec& doc(std::string text) { return spec_.doc = std::move(text), *this; }
  /// Tables and paths, in TOML. Without it the example is derived: `in -> x -> out` with what is required,
  /// and the other outputs to Discard. That is not possible for elements with ports, resources, several
  /// inputs or outputs by a parameter.
  Spec& example(std::string toml) { return spec_.example = std::move(toml), *this; }

  /// Inputs in order; an element that processes and declares none has one, called "in".
  Spec& input(std::string name, std::string doc) {
    spec_.inputs.push_back({std::move(name), std::move(doc)});
    return *this;
  }
  Spec& inputs_as_wired() { return spec_.inputs_as_wired = true, *this; }

  Spec& output(PortIndex index, std::string name, std::string doc = {}) {
    return exit(index, ExitKind::output, std::move(name), std::move(doc));
  }
  Spec& outputs_by(std::string parameter) {
    spec_.output_count = OutputCount::by_parameter;
    spec_.output_parameter = std::move(parameter);
    return *this;
  }
  Spec& outputs_as_wired() { return spec_.output_count = OutputCount::as_wired, *this; }

  /// A drop because something is wrong with the packet, or there is no room for it.
  Spec& drop(PortIndex index, std::string name, std::string doc) {
    return exit(index, ExitKind::fault, std::move(name), std::move(doc));
  }
  /// A drop that is the element's purpose.
  Spec& filter(PortIndex index, std::string name, std::string doc) {
    return exit(index, ExitKind::intended, std::move(name), std::move(doc));
  }
  Spec& consume(PortIndex index, std::string name, std::string doc) {
    return exit(index, ExitKind::consumed, std::move(name), std::move(doc));
  }
  Spec& sent(PortIndex index, std::string name, std::string doc) {
    return exit(index, ExitKind::sent, std::move(name), std::move(doc));
  }

  // Counters: what an edge cannot show. A worker reads them between two rounds.

  /// Of several copies the sum is shown. `member` is a Counter.
  template <class Member, class Owner>
  Spec& counter(std::string name, Member Owner::*member, std::string doc) {
    return counter(CounterKind::sum, std::move(name), member, std::move(doc));
  }
  /// A Counter that keeps the most that something was at one time: of several copies the largest is shown.
  template <class Member, class Owner>
  Spec& maximum(std::string name, Member Owner::*member, std::string doc) {
    return counter(CounterKind::maximum, std::move(name), member, std::move(doc));
  }
  /// `rows` gives the rows of the table now, each with the same keys in the same order; `sorted_by` is one
  /// whose values are integers: the largest is shown first. Called by the control thread while the worker
  /// works: it reads what the worker left there for it, as a Seqlock.
  template <class Owner>
  Spec& view(std::string name, std::vector<Value::Table> (Owner::*rows)() const, std::string sorted_by,
             std::string doc) {
    spec_.views.push_back({std::move(name), std::move(sorted_by), std::move(doc), {}});
    if (rows != nullptr)
      spec_.views.back().rows = [rows](const Element& element) {
        return (static_cast<const T&>(element).*rows)();
      };
    return *this;
  }
  /// What something is at the moment: `now` says it, in a few instructions. Of several copies the sum is
  /// shown.
  template <class Owner>
  Spec& gauge(std::string name, std::uint64_t (Owner::*now)() const noexcept, std::string doc) {
    CounterSpec& gauge = add_counter(CounterKind::gauge, std::move(name), std::move(doc));
    if (now != nullptr)
      gauge.value = [now](const Element& element) { return (static_cast<const T&>(element).*now)(); };
    return *this;
  }
  /// How values are distributed, in percentiles. Those of several copies are merged. The unit belongs into
  /// the name: `delay_ns`.
  template <class Member, class Owner>
  Spec& histogram(std::string name, Member Owner::*member, std::string doc) {
    static_assert(std::is_same_v<Member, Histogram>, "Spec::histogram takes a member of type Histogram");
    CounterSpec& histogram = add_counter(CounterKind::histogram, std::move(name), std::move(doc));
    if (member == nullptr) return *this;
    histogram.member = &(this->defaults().*member);
    histogram.histogram = [member](const Element& element) -> const Histogram& {
      return static_cast<const T&>(element).*member;
    };
    histogram.value = [get = histogram.histogram](const Element& element) { return get(element).count(); };
    return *this;
  }
  template <class Owner>
  Spec& timer(Timer Owner::*member) {
    spec_.timers.emplace_back();
    if (member != nullptr)
      spec_.timers.back() = [member](Element& element) -> Timer& { return static_cast<T&>(element).*member; };
    return *this;
  }
  /// A parameter, always required, that names the port which the element receives from or transmits to.
  template <class Owner>
  Spec& port(std::string name, PortRef Owner::*member, PortUse use, std::string doc) {
    this->param(name, member, std::move(doc)).required("");
    spec_.ports.push_back({std::move(name), use, [member](Element& element) -> PortRef& {
                             return static_cast<T&>(element).*member;
                           }});
    return *this;
  }

  /// A parameter, always required, that names a resource of type `R` (its class name, as in
  /// IXYFLOW_RESOURCE).
  template <class R, class Owner>
  Spec& resource(std::string name, ResourceRef<R> Owner::*member, std::string type, std::string doc) {
    this->param(name, member, std::move(doc)).required(quote(name)).type_name(type + " resource");
    spec_.resources.push_back(
        {std::move(name), std::move(type), [member](Element& element, Resource& resource) {
           (static_cast<T&>(element).*member).bind(static_cast<R&>(resource));
         }});
    return *this;
  }

  /// Promises that no packet changes its length here, so that bytes need not be counted anew. Checked in
  /// debug builds.
  Spec& keeps_length() { return spec_.keeps_length = true, *this; }
  /// Must be said by who calls Outputs::create: its core gets a pool.
  Spec& creates() { return spec_.creates = true, *this; }
  /// Promises that each packet leaves by one exit only: rings and transmit queues behind several outputs then
  /// need room for the packets once. A PacketElement need not say so.
  Spec& one_way() { return spec_.one_way = true, *this; }
  /// The most bytes that it puts in front of a packet: along every path buffers have room for all of them.
  Spec& headroom(std::uint32_t bytes) { return spec_.headroom = bytes, *this; }
  /// What copies on several cores need of the packets that each gets. The planner refuses what they cannot
  /// have.
  Spec& replication(Replication replication) { return spec_.replication = replication, *this; }
  /// Copies ask `Configuration::copy_of` where replies will come: they need packets that were dealt out by
  /// the flow hash, and not by a device by its own.
  Spec& translates() { return spec_.translates = true, *this; }

 private:
  template <class Member, class Owner>
  Spec& counter(CounterKind kind, std::string name, Member Owner::*member, std::string doc) {
    static_assert(std::is_same_v<Member, Counter>,
                  "Spec::counter and Spec::maximum take a member of type Counter");
    CounterSpec& counter = add_counter(kind, std::move(name), std::move(doc));
    if (member == nullptr) return *this;
    counter.member = &(this->defaults().*member);
    counter.value = [member](const Element& element) {
      return (static_cast<const T&>(element).*member).value();
    };
    return *this;
  }
  CounterSpec& add_counter(CounterKind kind, std::string name, std::string doc) {
    CounterSpec& counter = spec_.counters.emplace_back();
    counter.name = std::move(name);
    counter.doc = std::move(doc);
    counter.kind = kind;
    return counter;
  }
  Spec& exit(PortIndex index, ExitKind kind, std::string name, std::string doc) {
    spec_.exits.push_back({index, kind, std::move(name), std::move(doc)});
    return *this;
  }

  ElementSpec& spec_;
};

}  // namespace ixyflow
