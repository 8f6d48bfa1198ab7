#include "core/element/spec.hpp"
#include "core/runtime/engine/node.hpp"

namespace ixyflow {

ElementSnapshot Node::blank_snapshot() const {
  const std::vector<CounterSpec>& counters = description_.spec->counters;
  ElementSnapshot blank;
  blank.exits.resize(used_exits_.size());
  blank.counters.resize(counters.size());
  for (const CounterSpec& counter : counters)
    if (counter.kind == CounterKind::histogram) blank.histograms.emplace_back();
  return blank;
}

void Node::snapshot(ElementSnapshot& into) const noexcept {
  // Gauges are the element's own code.
  const CycleMeter::Activity activity(context_.meter, name());
  into.counts = counts_;
  into.counts.created = created_;
  into.counts.no_buffer = no_buffer_;
  into.counts.held = element().held();
  into.cost = cost_;
  for (std::size_t i = 0; i < used_exits_.size(); ++i) into.exits[i] = exits_[used_exits_[i]];
  auto histogram = into.histograms.begin();
  for (std::size_t i = 0; i < into.counters.size(); ++i) {
    const CounterSpec& counter = description_.spec->counters[i];
    if (counter.kind == CounterKind::histogram)
      *histogram++ = counter.histogram(element());
    else
      into.counters[i] = counter.value(element());
  }
}

}  // namespace ixyflow
