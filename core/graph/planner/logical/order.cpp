#include "core/graph/planner/logical/order.hpp"

#include <cstdint>
#include <functional>
#include <queue>

namespace ixyflow {

Wiring wire(const Pipeline& pipeline) {
  Wiring wiring;
  wiring.out.resize(pipeline.elements.size());
  wiring.in.resize(pipeline.elements.size());
  for (std::size_t i = 0; i < pipeline.edges.size(); ++i) {
    wiring.out[pipeline.edges[i].from].push_back(i);
    wiring.in[pipeline.edges[i].to].push_back(i);
  }
  return wiring;
}

EdgeSet edges_behind_cuts(const Pipeline& pipeline) {
  EdgeSet set(pipeline.edges.size());
  for (std::size_t i = 0; i < set.size(); ++i)
    set[i] = pipeline.elements[pipeline.edges[i].from].spec->cuts();
  return set;
}

namespace {

/// The search from one element after another, with its own stack: a chain of elements can be as long as the
/// file.
class CycleSearch {
 public:
  CycleSearch(const Pipeline& pipeline, const Wiring& wiring)
      : pipeline_(pipeline),
        wiring_(wiring),
        state_(pipeline.elements.size(), State::fresh),
        closing_(pipeline.edges.size()) {}

  void from(std::size_t start) {
    if (state_[start] != State::fresh) return;
    enter(start);
    while (!stack_.empty()) {
      const std::size_t element = stack_.back().element;
      const std::vector<std::size_t>& edges = wiring_.out[element];
      if (stack_.back().next == edges.size()) {
        state_[element] = State::done;
        stack_.pop_back();
        continue;
      }
      const std::size_t edge = edges[stack_.back().next++];
      const std::size_t to = pipeline_.edges[edge].to;
      if (state_[to] == State::fresh)
        enter(to);
      else if (state_[to] == State::under_way)
        closing_[edge] = true;
    }
  }

  EdgeSet result() && { return std::move(closing_); }

 private:
  enum class State : std::uint8_t { fresh, under_way, done };
  struct Step {
    std::size_t element;
    std::size_t next;  ///< of its outgoing edges
  };

  void enter(std::size_t element) {
    state_[element] = State::under_way;
    stack_.push_back({element, 0});
  }

  const Pipeline& pipeline_;
  const Wiring& wiring_;
  std::vector<State> state_;
  std::vector<Step> stack_;
  EdgeSet closing_;
};

}  // namespace

EdgeSet edges_closing_cycles(const Pipeline& pipeline, const Wiring& wiring) {
  CycleSearch search(pipeline, wiring);
  for (std::size_t i = 0; i < pipeline.elements.size(); ++i)
    if (pipeline.elements[i].spec->source()) search.from(i);
  for (std::size_t i = 0; i < pipeline.elements.size(); ++i) search.from(i);
  return std::move(search).result();
}

std::vector<std::size_t> topological_order(const Pipeline& pipeline, const Wiring& wiring,
                                           const EdgeSet& without) {
  std::vector<std::size_t> waiting_for(pipeline.elements.size());
  for (std::size_t i = 0; i < pipeline.edges.size(); ++i)
    if (!without[i]) ++waiting_for[pipeline.edges[i].to];

  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < waiting_for.size(); ++i)
    if (waiting_for[i] == 0) ready.push(i);

  std::vector<std::size_t> order;
  order.reserve(pipeline.elements.size());
  while (!ready.empty()) {
    const std::size_t element = ready.top();
    ready.pop();
    order.push_back(element);
    for (const std::size_t edge : wiring.out[element])
      if (!without[edge] && --waiting_for[pipeline.edges[edge].to] == 0) ready.push(pipeline.edges[edge].to);
  }
  return order;
}

}  // namespace ixyflow
