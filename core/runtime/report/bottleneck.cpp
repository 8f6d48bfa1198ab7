#include "core/runtime/report/bottleneck.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/base/text/thousands.hpp"

namespace ixyflow {

namespace {

constexpr double kNoTimeToSpare = 0.9;  ///< busy share of a core that cannot do much more
constexpr double kWaitsForPort = 0.1;   ///< share of waiting that is no accident any more
constexpr double kWaitsForHolder = 0.1;
constexpr double kWaitsForRing = 0.2;  ///< the same, where no core is at its limit
constexpr std::uint64_t kTooFewRounds = 1000;

int percent(double share) {
  return static_cast<int>(std::lround(100 * share));
}

class Finder {
 public:
  explicit Finder(const RunReport& report) : report_(report) {}

  std::string find() const {
    const WorkerReport* busiest = busiest_worker();
    if (busiest == nullptr || busiest->busy == 0 || busiest->rounds < kTooFewRounds) return {};
    if (busiest->busy >= kNoTimeToSpare) return about_core(*busiest);
    if (const std::string text = about_shared_cpu(); !text.empty()) return text;
    return fmt::format("no core is the bottleneck: the busiest, '{}', has work {} % of the time{}",
                       busiest->name, percent(busiest->busy), about_the_rest());
  }

 private:
  /// Of those without time to spare, the one that others had to wait for.
  const WorkerReport* busiest_worker() const {
    const auto rank = [this](const WorkerReport& worker) {
      const bool waited_for = worker.busy >= kNoTimeToSpare && full_ring(worker) != nullptr;
      return worker.busy + (waited_for ? 1 : 0);
    };
    const auto found = std::ranges::max_element(report_.workers, {}, rank);
    return found == report_.workers.end() ? nullptr : &*found;
  }

  /// The ring into the worker that was full most often, if any was.
  const RingReport* full_ring(const WorkerReport& worker) const {
    const RingReport* fullest = nullptr;
    for (const RingReport& ring : report_.rings)
      if (ring.to == worker.name && ring.full_events > (fullest != nullptr ? fullest->full_events : 0))
        fullest = &ring;
    return fullest;
  }

  /// Calls `visit` with the report of every element, or copy of one, on the worker.
  template <class Visit>
  void for_each_element(const WorkerReport& worker, Visit visit) const {
    for (const ElementReport& element : report_.elements) {
      if (element.copies.empty() && element.core == worker.name) visit(element);
      for (const ElementReport& copy : element.copies)
        if (copy.core == worker.name) visit(copy);
    }
  }

  static double cycles(const ElementReport& element) {
    std::uint64_t left = 0;
    for (const ExitReport& exit : element.exits) left += exit.packets;
    return element.cycles_per_packet * static_cast<double>(std::max(element.in, left));
  }

  std::string about_core(const WorkerReport& worker) const {
    std::string text = fmt::format("core '{}' on CPU {} is the bottleneck: busy {} % of the time",
                                   worker.name, worker.cpu, percent(worker.busy));
    const ElementReport* dearest = nullptr;
    double sum = 0;
    for_each_element(worker, [&](const ElementReport& element) {
      sum += cycles(element);
      if (dearest == nullptr || cycles(element) > cycles(*dearest)) dearest = &element;
    });
    if (sum > 0)
      text += fmt::format(", {} % of that in '{}' ({:.0f} cycles per packet)",
                          percent(cycles(*dearest) / sum), dearest->name, dearest->cycles_per_packet);
    if (const RingReport* ring = full_ring(worker))
      text += fmt::format("; the ring '{}' in front of it was full {} times", ring->edge,
                          thousands(ring->full_events));
    return text + about_other_copies(worker);
  }

  /// Whether the load of a core with a count is uneven.
  std::string about_other_copies(const WorkerReport& worker) const {
    double busy = 0;
    std::size_t others = 0;
    for (const std::string& name : copies_beside(worker))
      for (const WorkerReport& other : report_.workers)
        if (other.name == name && other.name != worker.name) {
          busy += other.busy;
          ++others;
        }
    if (others == 0) return {};
    const double mean = busy / static_cast<double>(others);
    const std::string which =
        others == 1 ? "the other copy is" : fmt::format("the {} other copies are", others);
    return fmt::format("; {} busy {} %{}", which, percent(mean),
                       mean < kNoTimeToSpare / 2 ? ", so that few flows make most of the load" : "");
  }

  /// Names of all workers of the worker's core.
  std::vector<std::string> copies_beside(const WorkerReport& worker) const {
    std::vector<std::string> names;
    for (const ElementReport& element : report_.elements) {
      if (std::ranges::find(element.copies, worker.name, &ElementReport::core) == element.copies.end())
        continue;
      if (element.copies.size() <= names.size()) continue;
      names.clear();
      for (const ElementReport& copy : element.copies) names.push_back(copy.core);
    }
    return names;
  }

  std::string about_shared_cpu() const {
    for (const WorkerReport& worker : report_.workers) {
      double busy = 0;
      std::string names;
      for (const WorkerReport& other : report_.workers) {
        if (other.cpu != worker.cpu) continue;
        busy += other.busy;
        names += fmt::format("{}'{}'", names.empty() ? "" : ", ", other.name);
      }
      if (busy >= kNoTimeToSpare)
        return fmt::format("CPU {} is the bottleneck: cores {} share it", worker.cpu, names);
    }
    return {};
  }

  /// The ring that was waited for most; of a chain of them the last, because it holds up those before it.
  const RingReport* slow_ring() const {
    const RingReport* most = slowest_ring([](const RingReport&) { return true; });
    const RingReport* slow = most;
    for (std::size_t steps = 0; slow != nullptr && steps < report_.rings.size(); ++steps) {
      const auto* next = slowest_ring([slow](const RingReport& ring) { return ring.from == slow->to; });
      if (next == nullptr || next == most) break;
      slow = next;
    }
    return slow;
  }

  template <class Wanted>
  const RingReport* slowest_ring(Wanted wanted) const {
    const RingReport* slowest = nullptr;
    for (const RingReport& ring : report_.rings)
      if (ring.waited_for >= kWaitsForRing && wanted(ring) &&
          (slowest == nullptr || ring.waited_for > slowest->waited_for))
        slowest = &ring;
    return slowest;
  }

  static bool runs_on(const ElementReport& element, const std::string& worker) {
    return element.core == worker ||
           std::ranges::find(element.copies, worker, &ElementReport::core) != element.copies.end();
  }

  /// The element that was waited for most, because it held as many packets as it can: of those that `ring`
  /// leads to, if there is one, because what they hold up holds up the ring.
  const ElementReport* slow_holder(const RingReport* ring) const {
    const ElementReport* slowest = nullptr;
    for (const ElementReport& element : report_.elements)
      if (element.waited_for >= kWaitsForHolder && (ring == nullptr || runs_on(element, ring->to)) &&
          (slowest == nullptr || element.waited_for > slowest->waited_for))
        slowest = &element;
    return slowest;
  }

  std::string about_the_rest() const {
    const auto port = std::ranges::max_element(report_.ports, {}, &PortReport::waited_for);
    if (port != report_.ports.end() && port->waited_for >= kWaitsForPort)
      return fmt::format("; sources waited {} % of the time for port '{}' to take more",
                         percent(port->waited_for), port->name);
    const RingReport* slow = slow_ring();
    if (const ElementReport* holder = slow_holder(slow))
      return fmt::format("; sources waited {} % of the time for room in '{}'", percent(holder->waited_for),
                         holder->name);
    if (slow != nullptr)
      return fmt::format(
          "; but '{}' waited {} % of the time for room in the ring '{}', which '{}' had time to "
          "empty: something else may be using its CPU",
          slow->from, percent(slow->waited_for), slow->edge, slow->to);
    const auto ring = std::ranges::max_element(report_.rings, {}, &RingReport::dropped);
    if (ring != report_.rings.end() && ring->dropped > 0)
      return fmt::format("; but the ring '{}' was too short for bursts and lost {} packets", ring->edge,
                         thousands(ring->dropped));
    return ", and the sources gave no more";
  }

  const RunReport& report_;
};

}  // namespace

std::string find_bottleneck(const RunReport& report) {
  return Finder(report).find();
}

}  // namespace ixyflow
