#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/base/values/value.hpp"
#include "core/device/port.hpp"
#include "core/device/port_registry.hpp"
#include "core/element/element.hpp"
#include "core/element/registry.hpp"
#include "core/element/resource.hpp"

namespace ixyflow {

/// What a worker does when there is nothing to do.
enum class Idle : std::uint8_t {
  spin,      ///< looks again at once: the least latency, and a whole CPU at any time
  adaptive,  ///< looks again at once for a while, then sleeps longer and longer, at most 500 us, or
             ///< for as long as the receive queues of a network card hold what may come
  sleep,     ///< sleeps at once, at most 500 us: the least power
};

/// Settings of `[pipeline]`.
struct PipelineSettings {
  std::string name;
  std::uint32_t version = 1;         ///< of the file's format
  std::uint32_t burst = 64;          ///< 1..256; the default is measured (tools/bench/README.md)
  std::uint32_t packet_size = 2048;  ///< data room in bytes, 64..65536
  Idle idle = Idle::adaptive;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> plugins;  ///< shared objects, loaded before anything else is looked at
};

/// A parameter that is given as "port:wan": the address of a port (index into Pipeline::ports).
struct AddressOfPort {
  std::string parameter;
  std::size_t port = 0;
};

/// `[ports.NAME]`, with the port made from it.
struct PortNode {
  std::string name;
  const PortSpec* spec = nullptr;
  Value::Table parameters;
  SourceRange where;
  std::unique_ptr<Port> port;  ///< configured, not opened
  std::vector<AddressOfPort> addresses;
};

/// `[resources.NAME]`, with the resource made from it.
struct ResourceNode {
  std::string name;
  const ResourceSpec* spec = nullptr;
  Value::Table parameters;
  SourceRange where;
  std::unique_ptr<Resource> resource;  ///< configured

  ResourceNode() = default;
  ResourceNode(ResourceNode&&) = default;
  ResourceNode& operator=(ResourceNode&&) = default;
  /// As that of ElementNode.
  ~ResourceNode();
};

/// `[elements.NAME]` or an unnamed element of a path, with the element made from it.
struct ElementNode {
  std::string name;
  const ElementSpec* spec = nullptr;
  Value::Table parameters;
  std::string core;  ///< as written; empty: where its feeders are
  SourceRange where;
  std::unique_ptr<Element> element;  ///< configured, as the only copy; more are made like it by `make_copy`
  PortIndex inputs = 0;
  PortIndex outputs = 0;
  std::vector<std::string> output_names;  ///< one per output: the declared or given name, else the number
  std::vector<std::size_t> ports;         ///< one per spec->ports: index into Pipeline::ports
  std::vector<std::size_t> resources;     ///< one per spec->resources: index into Pipeline::resources
  std::vector<AddressOfPort> addresses;
  bool sources_wait = false;  ///< all that can feed it, see Configuration
  bool broken = false;        ///< a mistake of it was reported: checks draw no conclusions from it

  ElementNode() = default;
  ElementNode(ElementNode&&) = default;
  ElementNode& operator=(ElementNode&&) = default;
  /// What becomes of the element in there has its name (ActivityMark).
  ~ElementNode();

  /// The name of an output, or its number where it has none.
  [[nodiscard]] std::string output_name(PortIndex output) const;
};

/// From an output to an input; indices into Pipeline::elements.
struct Edge {
  std::size_t from = 0;
  PortIndex output = 0;
  std::size_t to = 0;
  PortIndex input = 0;
  SourceRange where;
};

/// `[cores]`: where the user wants things to run.
struct CoreRequest {
  std::string name;
  std::optional<int> cpu;
  std::string near;  ///< name of a port; empty: anywhere
  std::uint32_t count = 1;
  SourceRange where;
};

/// What happens when a ring is full.
enum class FullPolicy : std::uint8_t { wait, drop };

/// `[rings]` "a -> b" = { length, full }.
struct RingRequest {
  std::size_t edge = 0;  ///< index into Pipeline::edges
  std::optional<std::uint32_t> length;
  std::optional<FullPolicy> full;
  SourceRange where;
};

/// A whole pipeline as plain data: checked against the registries, its elements and ports made and
/// configured, and nothing of the machine touched.
struct Pipeline {
  PipelineSettings settings;
  std::vector<PortNode> ports;
  std::vector<ResourceNode> resources;  ///< before `elements`, which point to them
  std::vector<ElementNode> elements;
  std::vector<Edge> edges;
  std::vector<CoreRequest> cores;
  std::vector<RingRequest> rings;
  BufferLayout buffers;  ///< of every pool

  /// Whether back-pressure holds a source back, or it comes when it likes: it waits when each port that it
  /// receives from does; one that makes its packets itself does.
  [[nodiscard]] bool waits(const ElementNode& source) const;
  /// Finds out of each element whether all its sources wait. When edges and ports are known.
  void find_waiting_sources();

  /// "count[0] -> rewrite", shortened where there is only one output or input.
  [[nodiscard]] std::string show(const Edge& edge) const;
};

}  // namespace ixyflow
