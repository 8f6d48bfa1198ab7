#include "tests/support/fake_outputs.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/packet/checks.hpp"

namespace ixyflow::test {

FakeOutputs::FakeOutputs(Mempool& pool, const Clock& clock, const ElementSpec& spec,
                         const std::vector<std::string>& output_names, std::uint32_t burst)
    : table_(kIndices), ways_(kIndices), lines_(kMaxLines) {
  for (std::size_t i = 0; i < output_names.size(); ++i)
    declare(static_cast<PortIndex>(i), ExitKind::output, output_names[i]);
  for (const ExitSpec& exit : spec.exits)
    if (exit.kind != ExitKind::output) declare(exit.index, exit.kind, exit.name);
  stage_declared();
  departures_.reserve(pool.size());
  exits_ = table_.data();
  clock_ = &clock;
  burst_ = burst;
  output_count_ = static_cast<PortIndex>(output_names.size());
  pool_ = &pool;
}

void FakeOutputs::declare(PortIndex index, ExitKind kind, const std::string& name) {
  if (index >= kIndices || ways_[index].declared)
    throw std::runtime_error("exit " + name + " has a wrong index");
  ways_[index] = {true, kind, name};
  declared_.insert(std::ranges::lower_bound(declared_, index), index);
}

void FakeOutputs::stage_declared() {
  staged_ = std::vector<Batch>(declared_.size() + 1);
  for (Exit& exit : table_) exit.staged = &staged_.back();
  for (std::size_t i = 0; i < declared_.size(); ++i) table_[declared_[i]].staged = &staged_[i];
}

void FakeOutputs::depart(PortIndex exit, Packet* packet) noexcept {
  if (exit >= kIndices || !ways_[exit].declared) {
    fault_ = kUndeclared;
    return;
  }
  if (departures_.size() == departures_.capacity()) {
    fault_ = "sent more packets than there are buffers";
    return;
  }
  departures_.push_back({packet, exit});
  ++table_[exit].packets;
  table_[exit].bytes += packet->length();
}

void FakeOutputs::deliver(PortIndex exit) noexcept {
  if (exit >= kIndices) detail::check_failed("a packet left by an exit that cannot be");
  for (Packet* packet : *table_[exit].staged) depart(exit, packet);
  table_[exit].staged->clear();
}

void FakeOutputs::deliver_all() noexcept {
  if (!pushed_) return;
  for (const PortIndex exit : declared_) deliver(exit);
  if (!staged_.back().empty()) fault_ = kUndeclared;
  staged_.back().clear();
  pushed_ = false;
}

void FakeOutputs::forward(PortIndex exit, Batch& batch) noexcept {
  if (exit < kIndices) deliver(exit);
  for (Packet* packet : batch) depart(exit, packet);
  batch.clear();
  batch.bytes = 0;
}

void FakeOutputs::split(Batch& batch, const PortIndex* exits) noexcept {
  for (std::uint32_t i = 0; i < batch.size(); ++i) {
    if (exits[i] < kIndices) deliver(exits[i]);
    depart(exits[i], batch[i]);
  }
  batch.clear();
  batch.bytes = 0;
}

Batch& FakeOutputs::batch() noexcept {
  if (!polled_.empty()) fault_ = "asked for a second batch before it forwarded the first";
  return polled_;
}

std::uint32_t FakeOutputs::room(PortIndex output) const noexcept {
  return output < output_count_ ? room_ : 0;
}

void FakeOutputs::print(std::string_view line) noexcept {
  if (line.size() > 240) fault_ = "printed a line of more than 240 characters";
  if (line_count_ == kMaxLines) return;  // as the real ring: lossy
  Line& slot = lines_[line_count_++];
  slot.length = std::min(line.size(), slot.text.size());
  std::copy_n(line.begin(), slot.length, slot.text.begin());
}

void FakeOutputs::settle() noexcept {
  deliver_all();
  if (!polled_.empty()) fault_ = "left packets in the batch of `poll`";
  if (departures_.size() < 2) return;
  std::vector<const Packet*> seen;
  seen.reserve(departures_.size());
  for (const Departure& departure : departures_) seen.push_back(departure.packet);
  std::ranges::sort(seen);
  if (std::ranges::adjacent_find(seen) != seen.end()) fault_ = "sent the same packet twice";
}

void FakeOutputs::free_departures() noexcept {
  for (const Departure& departure : departures_) pool_->free(departure.packet);
  departures_.clear();
}

const Exit& FakeOutputs::exit(std::string_view name) const {
  for (std::size_t i = 0; i < kIndices; ++i)
    if (ways_[i].declared && ways_[i].name == name) return table_[i];
  throw std::out_of_range("no exit " + std::string(name));
}

std::uint64_t FakeOutputs::left_packets() const noexcept {
  std::uint64_t sum = 0;
  for (const Exit& exit : table_) sum += exit.packets;
  return sum;
}

std::uint64_t FakeOutputs::left_bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const Exit& exit : table_) sum += exit.bytes;
  return sum;
}

std::vector<std::string> FakeOutputs::take_lines() {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < line_count_; ++i) result.emplace_back(lines_[i].text.data(), lines_[i].length);
  line_count_ = 0;
  return result;
}

}  // namespace ixyflow::test
