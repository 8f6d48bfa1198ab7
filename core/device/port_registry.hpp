#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/api.hpp"
#include "core/base/counter.hpp"
#include "core/base/interface_note.hpp"
#include "core/base/parameters.hpp"
#include "core/base/registry.hpp"
#include "core/device/port.hpp"

namespace ixyflow {

enum class PortDirection : std::uint8_t { receive, transmit };

/// A counter of a port; a drop if it counts packets that were lost in the port itself.
struct PortCounterSpec {
  std::string name;
  std::string doc;
  bool drop = false;
  PortDirection direction = PortDirection::receive;
  std::function<const Counter&(const Port&)> get;
};

/// All that is known of a port driver.
struct PortSpec {
  std::string name;  ///< as in `driver = "pcap"`
  std::string doc;
  std::vector<ParameterSpec> parameters;
  std::vector<PortCounterSpec> counters;
  std::vector<std::string> positional;  ///< parameters that `--swap` takes without their name, in order
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

  template <class Owner>
  PortSpecOf& counter(std::string name, Counter Owner::*member, std::string doc) {
    return add(std::move(name), member, std::move(doc), false, PortDirection::receive);
  }
  /// Packets lost in the port: on the way in before an element saw them, or on the way out after `tx` took
  /// them.
  template <class Owner>
  PortSpecOf& drop(PortDirection direction, std::string name, Counter Owner::*member, std::string doc) {
    return add(std::move(name), member, std::move(doc), true, direction);
  }

 private:
  template <class Owner>
  PortSpecOf& add(std::string name, Counter Owner::*member, std::string doc, bool drop,
                  PortDirection direction) {
    spec_.counters.push_back(
        {std::move(name), std::move(doc), drop, direction,
         [member](const Port& port) -> const Counter& { return static_cast<const T&>(port).*member; }});
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
struct PortRegistration {
  explicit PortRegistration(const char* name) {
    auto spec = std::make_unique<PortSpec>();
    spec->name = name;
    PortSpecOf<T> builder(*spec);
    T::describe(builder);
    PortRegistry::instance().add(std::move(spec));
  }
};

}  // namespace ixyflow

/// The last line of a port driver's file.
#define IXYFLOW_PORT(T, name)                              \
  IXYFLOW_INTERFACE_NOTE(ixyflow_interface_note_of_##T){}; \
  static const ::ixyflow::PortRegistration<T> ixyflow_registration_of_##T(name)
