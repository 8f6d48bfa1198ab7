// The contract of elements (core/element/README.md), for every element that is registered. Conservation of
// packets and buffers, no allocation on the packet path and a kept length are asserted by the harness itself,
// after every call.

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "core/base/diagnostics.hpp"
#include "core/config/load.hpp"
#include "core/element/spec_mistakes.hpp"
#include "tests/elements/every_element.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// What left by each exit, in order.
using ByExit = std::map<std::string, std::vector<std::tuple<Bytes, std::uint32_t, int>>>;
ByExit by_exit(const std::vector<Sent>& sent) {
  ByExit result;
  for (const Sent& packet : sent)
    result[packet.exit].emplace_back(packet.bytes, packet.wire_length, packet.paint);
  return result;
}

/// A value of the declared default or example, as it would stand in a file.
Value value_of(const std::string& toml) {
  return find(parse_toml("x = " + toml), "x")->value;
}

std::string messages_of_setting(const ElementSpec& spec, const ParameterSpec& parameter, const Value& value) {
  const auto element = spec.create();
  Diagnostics diagnostics("contract", "");
  const bool accepted = parameter.set(element.get(), value, parameter, diagnostics);
  CHECK(accepted == diagnostics.ok());
  return diagnostics.ok() ? "" : "refused: " + diagnostics.render();
}

}  // namespace

TEST_CASE("The registry has the first set of elements") {
  std::set<std::string> names;
  for (const ElementSpec* spec : every_element()) names.insert(spec->name);
  for (const char* name :
       {"FromDevice", "ToDevice",   "Counter",     "Rewrite",     "Discard",          "Null",
        "Print",      "Classifier", "Filter",      "EtherMirror", "EtherRewrite",     "EtherEncap",
        "Strip",      "Unstrip",    "VLANEncap",   "VLANDecap",   "CheckIPHeader",    "DecIPTTL",
        "Tee",        "Paint",      "PaintSwitch", "HashSwitch",  "RoundRobinSwitch", "Queue",
        "Delay"}) {
    CAPTURE(name);
    CHECK(names.contains(name));
  }
}

TEST_CASE("Every element is documented: itself, its parameters, exits and counters") {
  for (const ElementSpec* spec : every_element()) {
    CAPTURE(spec->name);
    CHECK(spec->doc.size() > 20);
    CHECK(spec->doc.ends_with('.'));
    CHECK_FALSE(spec->example.empty());
    for (const ParameterSpec& parameter : spec->parameters) {
      CAPTURE(parameter.name);
      CHECK_FALSE(parameter.doc.empty());
      CHECK_FALSE(parameter.type.empty());
    }
    for (const ExitSpec& exit : spec->exits) {
      CAPTURE(exit.name);
      CHECK_FALSE(exit.doc.empty());
    }
    for (const CounterSpec& counter : spec->counters) {
      CAPTURE(counter.name);
      CHECK_FALSE(counter.doc.empty());
    }
    if (spec->inputs.size() > 1)
      for (const InputSpec& input : spec->inputs) CHECK_FALSE(input.doc.empty());
  }
}

TEST_CASE("C11: no element's description contradicts itself, as those of plugins must not") {
  for (const ElementSpec* spec : every_element()) {
    CAPTURE(spec->name);
    CHECK(spec_mistakes(*spec) == std::vector<std::string>());
  }
}

TEST_CASE("Every parameter accepts its own default and example") {
  for (const ElementSpec* spec : every_element())
    for (const ParameterSpec& parameter : spec->parameters) {
      CAPTURE(spec->name, parameter.name);
      if (!parameter.default_text.empty())
        CHECK(messages_of_setting(*spec, parameter, value_of(parameter.default_text)).empty());
      if (!parameter.example.empty())
        CHECK(messages_of_setting(*spec, parameter, value_of(parameter.example)).empty());
      const bool names_port = std::ranges::any_of(
          spec->ports, [&](const PortUseSpec& use) { return use.parameter == parameter.name; });
      if (parameter.required && !names_port) CHECK_FALSE(parameter.example.empty());
    }
}

TEST_CASE("A5: every parameter with a range accepts its ends and refuses what is beyond") {
  for (const ElementSpec* spec : every_element())
    for (const ParameterSpec& parameter : spec->parameters) {
      if (parameter.shape != ParameterShape::integer || !parameter.minimum || !parameter.maximum) continue;
      CAPTURE(spec->name, parameter.name, *parameter.minimum, *parameter.maximum);
      const auto try_value = [&](std::int64_t value) {
        return messages_of_setting(*spec, parameter, Value(Value::Data(value)));
      };
      CHECK(*parameter.minimum <= *parameter.maximum);
      CHECK(try_value(*parameter.minimum).empty());
      CHECK(try_value(*parameter.maximum).empty());
      if (*parameter.minimum > std::numeric_limits<std::int64_t>::min())
        CHECK_FALSE(try_value(*parameter.minimum - 1).empty());
      if (*parameter.maximum < std::numeric_limits<std::int64_t>::max())
        CHECK_FALSE(try_value(*parameter.maximum + 1).empty());
      for (const char* wrong : {"\"7\"", "1e3", "nan", "inf", "true", "[]"})
        CHECK_FALSE(messages_of_setting(*spec, parameter, value_of(wrong)).empty());
    }
}

TEST_CASE("Every live parameter can be changed on a worker: without allocating memory") {
  for (const ElementSpec* spec : every_element())
    for (const ParameterSpec& parameter : spec->parameters) {
      if (!parameter.live) continue;
      CAPTURE(spec->name, parameter.name);
      const std::string& text = parameter.example.empty() ? parameter.default_text : parameter.example;
      const Value value = value_of(text);
      AnyElement element(*spec);
      Diagnostics diagnostics;
      const std::uint64_t before = allocations();
      CHECK(parameter.set(&element.harness().element(), value, parameter, diagnostics));
      element.harness().element().update();
      CHECK(allocations() == before);
      CHECK(parameter.show(&element.harness().element()) == text);
    }
}

TEST_CASE("Every type of resource is documented, named by the rules, and its example is right") {
  CHECK(ResourceRegistry::instance().find("IPv4Table") != nullptr);
  for (const ResourceSpec* spec : ResourceRegistry::instance().all()) {
    CAPTURE(spec->name);
    CHECK(spec_mistakes(*spec) == std::vector<std::string>());
    CHECK(ElementRegistry::instance().find(spec->name) == nullptr);
    CHECK(spec->doc.size() > 20);
    CHECK(spec->doc.ends_with('.'));
    for (const ParameterSpec& parameter : spec->parameters) {
      CAPTURE(parameter.name);
      CHECK_FALSE(parameter.doc.empty());
    }
    const std::string text = spec->example +
                             "\n[ports.a]\ndriver = \"null\"\n[elements.in]\ntype = \"FromDevice\"\n"
                             "port = \"a\"\n[graph]\npaths = [\"in -> Discard\"]\n";
    Diagnostics diagnostics(spec->name, text);
    const auto file = parse_pipeline(spec->name, text, diagnostics);
    const auto pipeline = file ? build_pipeline(*file, {}, diagnostics) : std::nullopt;
    INFO(diagnostics.render());
    REQUIRE(pipeline.has_value());
    REQUIRE(pipeline->resources.size() == 1);
    // What it shows as its entries it takes again.
    Resource& resource = *pipeline->resources.front().resource;
    for (const std::string& entry : resource.entries()) CHECK_FALSE(resource.add(entry));
    CHECK_FALSE(resource.entries().empty());
  }
}

TEST_CASE("Every element's example is a pipeline without a mistake") {
  const std::string around =
      "[ports.a]\ndriver = \"null\"\n[ports.b]\ndriver = \"null\"\n"
      "[elements.in]\ntype = \"FromDevice\"\nport = \"a\"\n"
      "[elements.out]\ntype = \"ToDevice\"\nport = \"b\"\n";
  for (const ElementSpec* spec : every_element()) {
    const std::string text = around + spec->example + "\n";
    Diagnostics diagnostics(spec->name, text);
    const auto file = parse_pipeline(spec->name, text, diagnostics);
    std::optional<Pipeline> pipeline;
    if (file) pipeline = build_pipeline(*file, {}, diagnostics);
    INFO(diagnostics.render());
    CHECK(diagnostics.ok());
    REQUIRE(pipeline.has_value());
    CHECK(
        std::ranges::any_of(pipeline->elements, [&](const ElementNode& node) { return node.spec == spec; }));
  }
}

TEST_CASE("D1: frames of 0 bytes to the last byte of the buffer pass every element without an overflow") {
  const BufferLayout layout;
  std::vector<Input> packets;
  for (const std::uint32_t length :
       {0U, 1U, 13U, 14U, 15U, 59U, 60U, 1500U, layout.data_room - 1, layout.data_room}) {
    packets.emplace_back(Bytes(length, 0xff));
    for (const Bytes& frame : frames_of_every_kind()) {
      Bytes sized = frame;
      sized.resize(length, 0xaa);
      packets.emplace_back(sized);
    }
  }
  for (const ElementSpec* spec : every_element()) {
    CAPTURE(spec->name);
    AnyElement element(*spec, {.layout = layout});
    element.run(packets, 32);
  }
}

TEST_CASE("D1: frames of 9,000 bytes and of the largest buffer pass every element without an overflow") {
  std::vector<Input> packets;
  for (const std::uint32_t length : {9000U, 65535U, 65536U})
    for (const Bytes& frame : frames_of_every_kind()) {
      Bytes sized = frame;
      sized.resize(length, 0x55);
      packets.emplace_back(sized);
    }
  for (const ElementSpec* spec : every_element()) {
    CAPTURE(spec->name);
    AnyElement element(*spec, {.buffers = 128, .layout = {.data_room = 65536}});
    element.run(packets, 16);
  }
}

TEST_CASE("Every element survives truncated and damaged packets, and knows their layers rightly") {
  const std::vector<Input> packets = hostile_frames();
  for (const ElementSpec* spec : every_element()) {
    CAPTURE(spec->name);
    AnyElement element(*spec);
    const auto sent = element.run(packets, 64);
    CHECK(std::ranges::all_of(sent, &Sent::layers_right));
    if (spec->source()) continue;
    CHECK(sent.size() + element.port().taken_count == packets.size() + element.harness().created());
  }
}

TEST_CASE("Every element does to a batch of one what it does to a batch of many") {
  const std::vector<Input> packets = hostile_frames();
  for (const ElementSpec* spec : every_element()) {
    CAPTURE(spec->name);
    AnyElement single(*spec);
    AnyElement several(*spec);
    AnyElement many(*spec);
    const ByExit expected = by_exit(single.run(packets, 1));
    CHECK(by_exit(several.run(packets, 7)) == expected);
    CHECK(by_exit(many.run(packets, kMaxBatch)) == expected);
    for (const CounterSpec& counter : spec->counters) {
      CAPTURE(counter.name);
      if (counter.name == "highwater") continue;  // the depth of a queue is a matter of batches
      CHECK(single.harness().counter(counter.name) == many.harness().counter(counter.name));
    }
  }
}

TEST_CASE("Every element that has room for so many packets takes so many, and has less room afterwards") {
  for (const ElementSpec* spec : every_element()) {
    if (!spec->processes) continue;
    CAPTURE(spec->name);
    AnyElement element(*spec, {.buffers = 4096});
    const Element& holder = element.harness().element();
    const std::uint32_t room = holder.room(0);
    if (room == Element::kUnlimited) continue;
    CHECK(room > 0);
    CHECK(room <= holder.capacity());
    for (std::uint32_t left = std::min(room, 2048U); left > 0;) {
      const std::uint32_t count = std::min(left, kMaxBatch);
      CHECK(element.harness().send_batch(std::vector<Bytes>(count, udp_frame())).empty());
      left -= count;
      CHECK(holder.room(0) == room - holder.held());
    }
    element.run({}, 1);
    while (holder.held() != 0) element.harness().flush();
    CHECK(holder.room(0) == room);
  }
}

TEST_CASE("Every element frees and passes on packets of another core's pool") {
  const std::vector<Input> packets = hostile_frames();
  for (const ElementSpec* spec : every_element()) {
    CAPTURE(spec->name);
    AnyElement own(*spec);
    AnyElement foreign(*spec, {.input_layout = BufferLayout{}});
    CHECK(by_exit(own.run(packets, 64)) == by_exit(foreign.run(packets, 64)));
  }
}

TEST_CASE("H6: every element goes on when the pool is empty, and recovers") {
  std::vector<Input> packets;
  for (const Bytes& frame : frames_of_every_kind()) packets.emplace_back(frame);
  for (const ElementSpec* spec : every_element()) {
    if (!spec->processes) continue;
    CAPTURE(spec->name);
    AnyElement fresh(*spec);
    AnyElement starved(*spec, {.input_layout = BufferLayout{}});
    starved.harness().leave_buffers(0);
    starved.run(packets, 8);
    starved.harness().leave_buffers(1024);
    CHECK(starved.run(packets, 8).size() == fresh.run(packets, 8).size());
  }
}

TEST_CASE("Every element that has as many outputs as are wired works with one and with the most") {
  std::vector<Input> packets;
  for (const Bytes& frame : frames_of_every_kind()) packets.emplace_back(frame);
  for (const ElementSpec* spec : every_element()) {
    if (spec->output_count != OutputCount::as_wired) continue;
    CAPTURE(spec->name);
    for (const PortIndex outputs : {PortIndex{1}, kMaxOutputs}) {
      AnyElement element(*spec, {.outputs = outputs, .buffers = 16384});
      CHECK(element.run(packets, 4).size() >= packets.size());
    }
  }
}
