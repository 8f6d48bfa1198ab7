#include "tests/runtime/engine/random_graph.hpp"

#include <algorithm>
#include <iterator>

namespace ixyflow::test {

RandomGraph::RandomGraph(std::uint64_t seed)
    : dice_(seed),
      sources_(1 + dice_.next() % 2),
      sinks_(1 + dice_.next() % 2),
      two_cores_(dice_.next() % 2 == 0) {
  const std::size_t between = 1 + dice_.next() % 7;
  steps_.resize(sources_ + between + sinks_);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    Step& step = steps_[i];
    step.far = two_cores_ && dice_.next() % 2 == 0;
    step.time = static_cast<std::uint32_t>(dice_.next() % 3000);
    // Kinds that hold packets come more often.
    constexpr Kind kBetween[] = {Kind::count, Kind::queue, Kind::queue,  Kind::queue, Kind::delay,
                                 Kind::delay, Kind::tee,   Kind::split,  Kind::ttl,   Kind::ttl,
                                 Kind::ttl,   Kind::ttl,   Kind::discard};
    step.kind = kBetween[dice_.next() % std::size(kBetween)];
    step.number = 1 + static_cast<std::uint32_t>(dice_.next() % (dice_.next() % 2 == 0 ? 4 : 40));
    if (step.kind == Kind::split) step.number = static_cast<std::uint32_t>(dice_.next() % 4);
    if (i < sources_)
      step = {.kind = Kind::source, .far = step.far, .number = static_cast<std::uint32_t>(i), .to = {}};
    if (i >= sources_ + between)
      step = {.kind = Kind::sink,
              .far = step.far,
              .number = static_cast<std::uint32_t>(i - sources_ - between),
              .to = {}};
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) wire(i);
  for (std::uint32_t i = 0; i < sources_ * kClasses; ++i) {
    arrivals_.push_back(follow(i / kClasses, i % kClasses));
    small_ = small_ && arrivals_.back().size() <= kMostCopies;
  }
}

std::size_t RandomGraph::any_from(std::size_t first) {
  return first + dice_.next() % (steps_.size() - first);
}

/// Every way leads on, but for what is left of a packet's time to live, which may lead back: so no packet
/// goes round for ever.
void RandomGraph::wire(std::size_t index) {
  Step& step = steps_[index];
  const std::size_t next = std::max(index + 1, sources_);
  switch (step.kind) {
    case Kind::sink:
    case Kind::discard:
      return;
    case Kind::tee:
      step.to = {any_from(next), any_from(next)};
      if (dice_.next() % 4 == 0) step.to.push_back(any_from(next));
      return;
    case Kind::split:
      step.to = {any_from(next), any_from(next)};
      return;
    case Kind::ttl:
      step.to = {any_from(sources_), any_from(next)};
      return;
    default:
      step.to = {any_from(next)};
  }
}

std::vector<bool> RandomGraph::reached() const {
  std::vector<bool> reached(steps_.size());
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < sources_; ++i) open.push_back(i);
  while (!open.empty()) {
    const std::size_t step = open.back();
    open.pop_back();
    if (reached[step]) continue;
    reached[step] = true;
    open.insert(open.end(), steps_[step].to.begin(), steps_[step].to.end());
  }
  return reached;
}

std::string RandomGraph::table_of(std::size_t index, std::uint32_t more) const {
  const Step& step = steps_[index];
  const std::string capacity = "capacity = " + std::to_string(step.number + more) + "\n";
  std::string text = "[elements.e" + std::to_string(index) + "]\n";
  if (two_cores_) text += step.far ? "core = \"far\"\n" : "core = \"near\"\n";
  switch (step.kind) {
    case Kind::source:
      return text + "type = \"FromDevice\"\nport = \"a" + std::to_string(step.number) + "\"\n";
    case Kind::sink:
      return text + "type = \"ToDevice\"\nport = \"b" + std::to_string(step.number) + "\"\n";
    case Kind::count:
      return text + "type = \"Counter\"\n";
    case Kind::queue:
      return text + "type = \"Queue\"\n" + capacity;
    case Kind::delay:
      return text + "type = \"Delay\"\ntime = \"" + std::to_string(step.time) + "us\"\n" + capacity;
    case Kind::tee:
      return text + "type = \"Tee\"\n";
    case Kind::split:
      return text + "type = \"Classifier\"\npatterns = [\"0/00%0" + std::to_string(1U << step.number) +
             "\", \"-\"]\n";
    case Kind::ttl:
      return text + "type = \"DecIPTTL\"\n";
    case Kind::discard:
      break;
  }
  return text + "type = \"Discard\"\n";
}

std::string RandomGraph::toml(std::uint32_t more) const {
  const std::vector<bool> used = reached();
  std::string tables = two_cores_ ? "[cores]\nnear = {}\nfar = {}\n" : "";
  std::string paths;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    if (!used[i]) continue;
    if (step.kind == Kind::source || step.kind == Kind::sink)
      tables += "[ports." + std::string(step.kind == Kind::source ? "a" : "b") + std::to_string(step.number) +
                "]\ndriver = \"null\"\n";
    tables += table_of(i, more);
    for (std::size_t output = 0; output < step.to.size(); ++output)
      paths += "  \"e" + std::to_string(i) + "[" + std::to_string(output) + "] -> e" +
               std::to_string(step.to[output]) + "\",\n";
  }
  return tables + "[graph]\npaths = [\n" + paths + "]\n";
}

/// One copy after the other, from element to element. Too many copies: more than kMostCopies, wherever they
/// end.
std::vector<std::size_t> RandomGraph::follow(std::size_t source, std::uint32_t number) const {
  struct Place {
    std::size_t step;
    std::uint8_t ttl;
  };
  std::vector<std::size_t> arrived;
  std::vector<Place> open{{source, ttl_of(number)}};
  while (!open.empty() && open.size() + arrived.size() <= kMostCopies) {
    const auto [at, ttl] = open.back();
    open.pop_back();
    const Step& step = steps_[at];
    switch (step.kind) {
      case Kind::sink:
        arrived.push_back(step.number);
        break;
      case Kind::split:
        open.push_back({step.to[(number >> step.number & 1) == 0 ? 0 : 1], ttl});
        break;
      case Kind::ttl:
        open.push_back(ttl <= 1 ? Place{step.to[1], ttl}
                                : Place{step.to[0], static_cast<std::uint8_t>(ttl - 1)});
        break;
      default:
        for (const std::size_t to : step.to) open.push_back({to, ttl});
    }
  }
  if (!open.empty()) arrived.resize(kMostCopies + 1);
  return arrived;
}

}  // namespace ixyflow::test
