#include "tests/fuzz/stations.hpp"

#include <algorithm>

#include "core/config/load.hpp"
#include "core/element/registry.hpp"
#include "core/net/parser.hpp"
#include "core/packet/layers.hpp"
#include "tests/support/made_element.hpp"

// Of AddressSanitizer's run-time library, where there is one.
extern "C" {
[[gnu::weak]] void __asan_poison_memory_region(const volatile void* start, std::size_t bytes);
[[gnu::weak]] void __asan_unpoison_memory_region(const volatile void* start, std::size_t bytes);
}

namespace ixyflow::fuzz {

namespace {

constexpr std::uint32_t kElementBuffers = 512;
/// Small buffers, because those that are free are looked at and written to as a whole.
constexpr BufferLayout kElementLayout{.headroom = 128, .data_room = 512};

/// What is free behind a frame belongs to nobody while it is looked at by who promises to keep its length.
void set_tail(const std::vector<Packet*>& packets, bool forbidden) {
  const auto set = forbidden ? __asan_poison_memory_region : __asan_unpoison_memory_region;
  if (set == nullptr) return;
  for (Packet* packet : packets) set(packet->data() + packet->length(), packet->tailroom());
}

Value::Table example_of(const ElementSpec& spec) {
  Diagnostics diagnostics;
  auto file = parse_pipeline("example", spec.example, diagnostics);
  expect(file.has_value(), "an example can be parsed");
  return std::move(file->root);
}

const Value::Table& table_in(const Value::Table& table, std::string_view key) {
  static const Value::Table nothing;
  const Value::Entry* entry = find(table, key);
  const auto* found = entry != nullptr ? entry->value.get_if<Value::Table>() : nullptr;
  return found != nullptr ? *found : nothing;
}

std::string text_in(const Value::Table& table, std::string_view key) {
  const Value::Entry* entry = find(table, key);
  const auto* text = entry != nullptr ? entry->value.get_if<std::string>() : nullptr;
  return text != nullptr ? *text : "";
}

void replace(Value::Table& table, std::string_view key, Value value) {
  std::erase_if(table, [&](const Value::Entry& entry) { return entry.key == key; });
  table.push_back({std::string(key), {}, std::move(value)});
}

/// The parameters of an example, without its type. Tables and queues have room for few: they are full now
/// and then, and are made in no time.
Value::Table parameters_in(Value::Table example, const std::vector<ParameterSpec>& specs) {
  constexpr std::int64_t kFew = 64;
  std::erase_if(example, [](const Value::Entry& entry) { return entry.key == "type"; });
  if (std::ranges::find(specs, "capacity", &ParameterSpec::name) != specs.end())
    replace(example, "capacity", Value(kFew));
  return example;
}

/// Another value for a parameter that has few forms; nothing for one of any text.
std::optional<Value> another_value(const ParameterSpec& parameter, Input& input) {
  if (!parameter.choices.empty())
    return Value(parameter.choices[input.below(static_cast<std::uint32_t>(parameter.choices.size()))]);
  switch (parameter.shape) {
    case ParameterShape::boolean:
      return Value(input.flag());
    case ParameterShape::integer:
      return Value(std::int64_t{input.take<std::int16_t>()});
    default:
      return std::nullopt;
  }
}

Value::Table decide(const Station& station, Input& input) {
  Value::Table table = station.parameters;
  for (const ParameterSpec& parameter : station.spec->parameters) {
    if (parameter.name == station.spec->output_parameter || !input.flag()) continue;
    if (auto value = another_value(parameter, input)) replace(table, parameter.name, *std::move(value));
  }
  return table;
}

void check_layers(const Packet& packet) {
  if (!packet.has(PacketFlag::parsed)) return;
  const Layers layers = parse_layers(bytes_of(packet));
  expect(layers.l3_offset == packet.l3_offset && layers.l4_offset == packet.l4_offset &&
             layers.ether_type == packet.ether_type &&
             (layers.l4_offset == 0 || layers.ip_protocol == packet.ip_protocol),
         "the layers of a packet are those of its bytes");
}

}  // namespace

Bench::Bench()
    : memory(std::move(*DmaMemory::allocate(kElementLayout.bytes(kElementBuffers), Pages::small, -1))),
      pool(std::move(*Mempool::create(memory, kElementBuffers, kElementLayout, 0))) {}

std::vector<Station> all_stations(Bench& bench) {
  std::vector<Station> stations;
  for (const ElementSpec* from : ElementRegistry::instance().all()) {
    const Value::Table example = example_of(*from);
    for (const Value::Entry& entry : table_in(example, "elements")) {
      const auto& table = *entry.value.get_if<Value::Table>();
      const ElementSpec& spec = test::find_element(text_in(table, "type"));
      if (!spec.processes || !spec.ports.empty()) continue;
      Station station{.spec = &spec,
                      .parameters = parameters_in(table, spec.parameters),
                      .outputs = test::output_names(spec, table, 3)};
      for (const ResourceUseSpec& use : spec.resources) {
        const ResourceSpec* type = ResourceRegistry::instance().find(use.type);
        const Value::Table& given = table_in(table_in(example, "resources"), text_in(table, use.parameter));
        station.resources.push_back({type, parameters_in(given, type->parameters)});
      }
      station.exits =
          std::make_unique<test::FakeOutputs>(*bench.pool, bench.clock, spec, station.outputs, 32);
      stations.push_back(std::move(station));
    }
  }
  return stations;
}

Stage::Stage(Station& station, Bench& bench, Input& input) : station_(station), bench_(bench) {
  const Value::Table table = decide(station, input);
  Diagnostics diagnostics;
  test::HarnessOptions options{.inputs = 3, .seed = input.byte()};
  for (const Station::Use& use : station.resources) {
    resources_.push_back(use.type->create());
    apply_parameters(resources_.back().get(), use.parameters, use.type->parameters, {}, "resource 'r'", {},
                     diagnostics);
    ResourceConfiguration configuration{diagnostics, use.parameters, {}, "resource 'r'"};
    resources_.back()->configure(configuration);
    options.resource = resources_.back().get();
  }
  auto made =
      test::make_element(*station.spec, table, options, station.outputs.size(), resources_, diagnostics);
  if (!diagnostics.ok() || made->capacity() > kElementBuffers / 4) return;
  element_ = std::move(made);
  element_->prepare(*station.exits);
  station.created = station.exits->created();
}

void Stage::process(std::vector<Packet*>& packets, Input& input, std::vector<Packet*>& left) {
  const auto inputs =
      station_.spec->inputs_as_wired ? 3U : static_cast<std::uint32_t>(station_.spec->inputs.size());
  const auto port = static_cast<PortIndex>(input.below(inputs));
  Batch batch;
  for (Packet* packet : packets) batch.push(packet);
  batch.bytes = batch.sum_lengths();
  if (station_.spec->keeps_length) set_tail(packets, true);
  element_->process(port, batch, *station_.exits);
  if (station_.spec->keeps_length) set_tail(packets, false);
  const std::uint64_t came = packets.size();
  packets.clear();
  settle(came, left);
}

void Stage::poll(std::vector<Packet*>& left) {
  if (!station_.spec->polls) return;
  element_->poll(*station_.exits);
  settle(0, left);
}

void Stage::flush(std::vector<Packet*>& left) {
  element_->flush(*station_.exits);
  settle(0, left);
}

void Stage::tick(std::vector<Packet*>& left) {
  for (const auto& get : station_.spec->timers) {
    Timer& timer = get(*element_);
    if (!timer.armed() || timer.due() > bench_.clock.now()) continue;
    timer.disarm();
    element_->tick(timer, *station_.exits);
    settle(0, left);
  }
}

/// In + created = left + held, after every call.
void Stage::settle(std::uint64_t came, std::vector<Packet*>& left) {
  test::FakeOutputs& exits = *station_.exits;
  exits.settle();
  expect(exits.fault().empty(), station_.spec->name + " " + exits.fault());
  came += exits.created() - station_.created + held_;
  station_.created = exits.created();
  held_ = element_->held();
  expect(came == exits.departures().size() + held_, station_.spec->name + " loses count of its packets");
  expect(held_ <= element_->capacity(), station_.spec->name + " holds more than its capacity");
  for (const auto& [packet, exit] : exits.departures()) {
    check_layers(*packet);
    if (exits.kind(exit) == ExitKind::output && left.size() < kMaxBatch / 2)
      left.push_back(packet);
    else
      bench_.pool->free(packet);
  }
  exits.forget_departures();
  static_cast<void>(exits.take_lines());
}

}  // namespace ixyflow::fuzz
