#include "elements/ether/ether_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/element/entries.hpp"

namespace ixyflow::elements {

/// The parts of an entry as it is written.
namespace ether_entry {

constexpr std::string_view kLearned = "learned";
constexpr std::string_view kNoAddress = "does not begin with a MAC address such as \"02:00:00:00:00:01\"";

EtherAddress address_of(std::uint64_t number) {
  EtherAddress address;
  for (std::size_t i = address.bytes.size(); i-- > 0; number >>= 8)
    address.bytes[i] = static_cast<std::uint8_t>(number);
  return address;
}

}  // namespace ether_entry

void EtherTable::describe(ResourceSpecOf<EtherTable>& spec) {
  spec.doc(
          "MAC addresses and the outputs behind which they are: learned by every EtherSwitch that uses it, on "
          "any cores, or given as static entries (IEEE 802.1D-2004, 7.9). A learned entry that was not seen "
          "again for `max_age` is taken out, also while no packet passes. Entries are shown as they are added; the "
          "learned ones say so. A shared table: any worker writes to it.")
      .example(R"([resources.stations]
type = "EtherTable"
entries = ["02:00:00:00:00:01 0"])");
  spec.param("entries", &EtherTable::written_,
             "static ones: \"ADDRESS OUTPUT\", in any order, no address twice");
  spec.param("capacity", &EtherTable::capacity_,
             "addresses that it has room for; half of it is a good load, because eight share a bucket")
      .range(64, kMost);
  spec.param("max_age", &EtherTable::max_age_,
             "how long a learned address counts after it was seen (IEEE 802.1D-2004, table 7-5: 10 s to "
             "1,000,000 s)")
      .range(1'000'000'000, 1'000'000'000'000'000);
  spec.counter("learned", &EtherTable::learned_, "stations that were new")
      .counter("moved", &EtherTable::moved_, "stations that were seen behind another output than before")
      .counter("aged", &EtherTable::aged_, "learned entries that were taken out because of their age")
      .counter("full", &EtherTable::full_, "times that there was no room for a station");
}

void EtherTable::configure(ResourceConfiguration& configuration) {
  count_ = std::bit_ceil(std::max<std::size_t>(capacity_ / kWays, 2));
  shift_ = 64 - static_cast<unsigned>(std::countr_zero(count_));
  oldest_ = static_cast<std::uint32_t>(max_age_.ns / 1'000'000'000);
  buckets_ = std::make_unique<Bucket[]>(count_);
  insert_entries(configuration, written_, [this](std::string_view entry) { return insert(entry); });
}

Result<void> EtherTable::add(std::string_view entry) {
  return insert(entry);
}

Result<void> EtherTable::insert(std::string_view entry) {
  const auto read =
      read_output_entry(entry, parse_ether_address, ether_entry::kNoAddress, ether_entry::kLearned);
  if (!read) return std::unexpected(read.error());
  if (read->key.is_group()) return refuse_entry(entry, "is for a group address, which no station has");
  const std::uint64_t wanted = number_of(read->key);
  if (wanted == 0) return fail(ExitCode::no, "00:00:00:00:00:00 is nobody's address");
  Bucket& bucket = bucket_of(wanted);
  for (const auto& place : bucket.words)
    if (const std::uint64_t word = place.load(std::memory_order_relaxed);
        (word & kStatic) != 0 && (word & kAddress) == wanted)
      return refuse_second(fmt::format("{} {}", show(read->key), output_of(word)));
  const std::uint32_t now = now_.load(std::memory_order_relaxed);
  const std::uint64_t fresh =
      wanted | std::uint64_t{read->output} << kOutputShift | (read->marked ? 0 : kStatic);
  if (enter(bucket, fresh, now) == Learned::full)
    return fail(ExitCode::no, fmt::format("the table has no room left where {} belongs", show(read->key)));
  return {};
}

/// Puts a new word where its address stands, or into a place that is free or too old. A static word takes the
/// place of a learned one, never the other way round.
EtherTable::Learned EtherTable::enter(Bucket& bucket, std::uint64_t fresh, std::uint32_t now) noexcept {
  const auto replace = [&](std::size_t i, std::uint64_t before, StripedCounter& counter) {
    // Another worker may have been faster: it has seen the same, or something newer.
    if (!bucket.words[i].compare_exchange_strong(before, fresh, std::memory_order_relaxed)) return;
    bucket.seen[i].store(now, std::memory_order_relaxed);
    if ((fresh & kStatic) == 0) ++counter;
  };
  std::size_t place = kWays;
  std::uint64_t there = 0;
  for (std::size_t i = 0; i < kWays; ++i) {
    const std::uint64_t word = bucket.words[i].load(std::memory_order_relaxed);
    if (word != 0 && (word & kAddress) == (fresh & kAddress)) {
      if ((word & kStatic) > (fresh & kStatic)) return Learned::nothing;
      const bool moved = output_of(word) != output_of(fresh);
      replace(i, word, moved ? moved_ : learned_);
      return moved ? Learned::moved : Learned::nothing;
    }
    if (place == kWays && (word == 0 || !is_young(bucket, i, word, now))) {
      place = i;
      there = word;
    }
  }
  if (place == kWays) {
    ++full_;
    return Learned::full;
  }
  replace(place, there, learned_);
  if (there != 0) ++aged_;
  return Learned::added;
}

Result<void> EtherTable::remove(std::string_view entry) {
  const auto address = read_key(entry, parse_ether_address, ether_entry::kNoAddress);
  if (!address) return std::unexpected(address.error());
  Bucket& bucket = bucket_of(number_of(*address));
  bool found = false;
  for (std::size_t i = 0; i < kWays; ++i) {
    const std::uint64_t word = bucket.words[i].load(std::memory_order_relaxed);
    if (word == 0 || (word & kAddress) != number_of(*address)) continue;
    found |= is_young(bucket, i, word, now_.load(std::memory_order_relaxed));
    bucket.words[i].store(0, std::memory_order_relaxed);
  }
  if (!found) return refuse_unknown(show(*address));
  return {};
}

void EtherTable::sweep(Nanoseconds now) noexcept {
  const std::uint32_t second = seconds(now);
  for (std::size_t left = std::min(count_, kMostSwept); left > 0; --left) {
    Bucket& bucket = buckets_[hand_];
    hand_ = (hand_ + 1) % count_;
    for (std::size_t i = 0; i < kWays; ++i) {
      std::uint64_t word = bucket.words[i].load(std::memory_order_relaxed);
      // A station that is heard at this very moment may be lost: its next frame is learned anew.
      if (word != 0 && !is_young(bucket, i, word, second) &&
          bucket.words[i].compare_exchange_strong(word, 0, std::memory_order_relaxed))
        ++aged_;
    }
  }
}

std::vector<std::string> EtherTable::entries() const {
  std::vector<std::string> texts;
  const std::uint32_t now = now_.load(std::memory_order_relaxed);
  for (std::size_t b = 0; b < count_; ++b)
    for (std::size_t i = 0; i < kWays; ++i) {
      const std::uint64_t word = buckets_[b].words[i].load(std::memory_order_relaxed);
      if (word == 0 || !is_young(buckets_[b], i, word, now)) continue;
      std::string text =
          fmt::format("{} {}", show(ether_entry::address_of(word & kAddress)), output_of(word));
      if ((word & kStatic) == 0) text += fmt::format(" {}", ether_entry::kLearned);
      texts.push_back(std::move(text));
    }
  std::ranges::sort(texts);
  return texts;
}

PortIndex EtherTable::largest_output() const {
  PortIndex largest = kUnknown;
  for (std::size_t b = 0; b < count_; ++b)
    for (const auto& place : buckets_[b].words)
      if (const std::uint64_t word = place.load(std::memory_order_relaxed); word != 0)
        largest = largest == kUnknown ? output_of(word) : std::max(largest, output_of(word));
  return largest;
}

IXYFLOW_RESOURCE(EtherTable);

}  // namespace ixyflow::elements
