#include "core/config/keys/file_keys.hpp"

#include <limits>
#include <utility>

#include "core/graph/pipeline.hpp"
#include "core/graph/plan.hpp"

namespace ixyflow {

const std::vector<TopLevelKey>& top_level_keys() {
  static const std::vector<TopLevelKey> keys = {
      {"pipeline", "[pipeline]", "Settings of the whole pipeline."},
      {"params", "[params]",
       "Values by name, of any type. Strings of the file use them as `${name}` (`$$` is a dollar), and --set "
       "changes them."},
      {"cores", "[cores]",
       "Where things run, by name: `io = { near = \"wan\" }`. Without it everything runs on one core, chosen "
       "for you."},
      {"ports", "[ports.NAME]", "Where packets come from and go to."},
      {"resources", "[resources.NAME]",
       "What several elements or cores share: tables of routes and addresses."},
      {"elements", "[elements.NAME]", "The steps of the pipeline."},
      {"graph", "[graph]", "How the elements are wired."},
      {"rings", "[rings]", "Rings between cores, by edge: `\"count -> out\" = { length = 2048 }`."},
      {"test", "[[test]]", "Golden cases: packets in, packets and counts out."},
  };
  return keys;
}

namespace {

std::vector<ParameterSpec> declare_pipeline_keys() {
  std::vector<ParameterSpec> keys;
  ParameterDeclarations<PipelineSettings> declare(keys);
  declare.param("name", &PipelineSettings::name,
                "What the pipeline is called; without it, the name of the file.");
  declare.param("version", &PipelineSettings::version, "Version of the file's format.").range(1, 1);
  declare.param("burst", &PipelineSettings::burst, "The most packets that a source gives out in one go.")
      .range(1, kMaxBatch);
  declare.param("packet_size", &PipelineSettings::packet_size, "Room for the data of a packet, in bytes.")
      .range(64, 65'536);
  declare.choice(
      "idle", &PipelineSettings::idle,
      {{"spin", Idle::spin}, {"adaptive", Idle::adaptive}, {"sleep", Idle::sleep}},
      "What a worker does when there is nothing to do: spin looks again at once, adaptive sleeps after "
      "a while of nothing, sleep does at once.");
  declare
      .param("seed", &PipelineSettings::seed,
             "What chance starts from: the same seed, the same run. Elements draw numbers of their own, by "
             "their names. Without it they start from 0, and only which flow goes to which copy or output "
             "differs from run to run, where packets come from a network or a guest.")
      .range(0, std::numeric_limits<std::int64_t>::max());
  declare.param("plugins", &PipelineSettings::plugins, "Shared objects that bring elements and ports.")
      .path();
  return keys;
}

std::vector<ParameterSpec> declare_core_keys() {
  std::vector<ParameterSpec> keys;
  ParameterDeclarations<CoreRequest> declare(keys);
  declare.param("cpu", &CoreRequest::cpu, "Exactly this CPU, as the operating system numbers it.")
      .range(0, 4'095);
  declare.param("near", &CoreRequest::near, "Name of a port: a free CPU on its NUMA node.");
  declare.param("count", &CoreRequest::count, "Number of CPUs; what is placed here is replicated.")
      .range(1, 256);
  return keys;
}

std::vector<ParameterSpec> declare_ring_keys() {
  std::vector<ParameterSpec> keys;
  ParameterDeclarations<RingRequest> declare(keys);
  declare.param("length", &RingRequest::length, "Packets that it holds; without it, chosen by the plan.")
      .range(kMinRingLength, kMaxRingLength);
  declare.choice("full", &RingRequest::full, {{"wait", FullPolicy::wait}, {"drop", FullPolicy::drop}},
                 "When it is full: wait holds back the sources that can wait, drop drops.");
  return keys;
}

}  // namespace

const std::vector<ParameterSpec>& pipeline_keys() {
  static const std::vector<ParameterSpec> keys = declare_pipeline_keys();
  return keys;
}

const std::vector<ParameterSpec>& core_keys() {
  static const std::vector<ParameterSpec> keys = declare_core_keys();
  return keys;
}

const std::vector<ParameterSpec>& ring_keys() {
  static const std::vector<ParameterSpec> keys = declare_ring_keys();
  return keys;
}

namespace {

ParameterSpec required_key(std::string name, std::string doc) {
  ParameterSpec key = described_key(std::move(name), "text", ParameterShape::string, std::move(doc));
  key.required = true;
  return key;
}

}  // namespace

ParameterSpec described_key(std::string name, std::string type, ParameterShape shape, std::string doc) {
  ParameterSpec key;
  key.name = std::move(name);
  key.type = std::move(type);
  key.shape = shape;
  key.doc = std::move(doc);
  return key;
}

const std::vector<ParameterSpec>& port_keys() {
  static const std::vector<ParameterSpec> keys = {
      required_key("driver", "What drives the port; the other keys are its own.")};
  return keys;
}

const std::vector<ParameterSpec>& resource_keys() {
  static const std::vector<ParameterSpec> keys = {
      required_key("type", "What it is; the other keys are the type's own.")};
  return keys;
}

const std::vector<ParameterSpec>& element_keys() {
  static const std::vector<ParameterSpec> keys = {
      required_key("type", "What it is; the other keys are the type's own: `ixyflow elements TYPE`."),
      described_key("core", "text", ParameterShape::string,
                    "Name of a core of [cores]; without it, where its feeders are.")};
  return keys;
}

const std::vector<ParameterSpec>& graph_keys() {
  static const std::vector<ParameterSpec> keys = {[] {
    ParameterSpec paths = described_key(
        "paths", "list of texts", ParameterShape::list,
        "Paths of packets: `\"wan -> count -> lan\"`. A port at the beginning receives, at the end it sends; "
        "`x[other]` is an output, `[in]x` an input, by name or number; a type's name makes an element without a "
        "name.");
    paths.required = true;
    return paths;
  }()};
  return keys;
}

}  // namespace ixyflow
