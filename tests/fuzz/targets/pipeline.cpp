// A pipeline file, from its text to a plan: what is wrong with it is said in words that can be shown, and
// only what is right comes to the next step.

#include <algorithm>

#include "core/config/load.hpp"
#include "core/graph/planner/make_plan.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/seed.hpp"

namespace ixyflow::fuzz {
namespace {

/// Two sockets of four cores with two threads each.
Machine two_sockets() {
  Machine machine;
  for (int id = 0; id < 16; ++id) machine.cpus.push_back({.id = id, .core = id % 8, .node = id % 8 / 4});
  for (int id = 0; id < 2; ++id) machine.nodes.push_back({.id = id, .memory_bytes = std::uint64_t{1} << 34});
  machine.offline = {16, 17};
  return machine;
}

/// What the runtime takes for granted: all that a plan points at is there.
void check_plan(const Pipeline& pipeline, const Plan& plan) {
  const auto below = [](std::size_t limit) { return [limit](std::size_t index) { return index < limit; }; };
  const std::size_t elements = pipeline.elements.size();
  expect(plan.workers_of.size() == elements && plan.links.size() == pipeline.edges.size(),
         "every element and edge is planned");
  for (const auto& workers : plan.workers_of)
    expect(!workers.empty() && std::ranges::all_of(workers, below(plan.workers.size())),
           "copies have workers");
  for (const RingPlan& ring : plan.rings)
    expect(ring.edge < pipeline.edges.size() && std::max(ring.from, ring.to) < plan.workers.size() &&
               ring.length >= kMinRingLength && ring.length <= kMaxRingLength,
           "a ring is an edge between two workers");
  for (const WorkerPlan& worker : plan.workers)
    for (const PollPlan& poll : worker.polls)
      expect(poll.index < (poll.kind == PollPlan::Kind::ring ? plan.rings.size() : elements),
             "a poll has its source");
}

/// False: a step has refused it, and must have said why.
bool go_on(bool good, const Diagnostics& diagnostics) {
  const std::string text = diagnostics.render();
  expect(std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 || c == '\n'; }),
         "messages can be shown");
  expect(good == diagnostics.ok(), "a step ends with a result or with a reason");
  return good;
}

void read_pipeline(Bytes input) {
  static const Machine machine = two_sockets();
  const std::string text(text_of(input));
  // Whatever a plugin is, its code is not ours, and stays in the process.
  if (text.find("plugins") != std::string::npos) return;
  Diagnostics diagnostics("fuzz.toml", text);
  const auto file = parse_pipeline("fuzz.toml", text, diagnostics);
  if (!go_on(file.has_value(), diagnostics)) return;
  const auto pipeline = build_pipeline(*file, {}, diagnostics);
  if (!go_on(pipeline.has_value(), diagnostics)) return;
  const auto plan = make_plan(*pipeline, machine, {.oversubscribe = text.size() % 2 == 0}, diagnostics);
  if (go_on(plan.has_value(), diagnostics)) check_plan(*pipeline, *plan);
}

void pipeline_seeds(const Sink& seed) {
  for (const std::string& text : pipelines()) seed(text);
}

const Registered pipeline_target({.name = "pipeline",
                                  .run = read_pipeline,
                                  .seeds = pipeline_seeds,
                                  .words = pipeline_words,
                                  .longest = 2048});

}  // namespace
}  // namespace ixyflow::fuzz
