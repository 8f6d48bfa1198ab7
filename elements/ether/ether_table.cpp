#include "elements/ether/ether_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

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
  spec.param("learning_limit", &EtherTable::learning_limit_,
             "learned addresses that any one output may have, so that nobody fills the table for the others; "
             "without it a quarter of `capacity`")
      .range(1, kMost);
  spec.param("max_age", &EtherTable::max_age_,
             "how long a learned address counts after it was seen (IEEE 802.1D-2004, table 7-5: 10 s to "
             "1,000,000 s)")
      .range(1'000'000'000, 1'000'000'000'000'000);
  spec.counter("learned", &EtherTable::learned_, "stations that were new")
      .counter("moved", &EtherTable::moved_, "stations that were seen behind another output than before")
      .counter("aged", &EtherTable::aged_, "learned entries that were taken out because of their age")
      .counter("full", &EtherTable::full_, "times that there was no room for a station")
      .counter("limited", &EtherTable::limited_,
               "times that a station was not learned because its output had `learning_limit` of them");
}

void EtherTable::configure(ResourceConfiguration& configuration) {
  count_ = std::bit_ceil(std::max<std::size_t>(capacity_ / EtherBucket<>::kWays, 2));
  shift_ = 64 - static_cast<unsigned>(std::countr_zero(count_));
  seed_ = secret_seed();
  share_ = learning_limit_.value_or(static_cast<std::uint32_t>(capacity_ / 4));
  oldest_ = static_cast<std::uint32_t>(max_age_.ns / 1'000'000'000);
  buckets_ = std::make_unique<EtherBucket<>[]>(count_);
  insert_entries(configuration, written_, [this](std::string_view entry) { return insert(entry); });
}

Result<void> EtherTable::add(std::string_view entry) {
  return insert(entry);
}

Result<void> EtherTable::insert(std::string_view entry) {
  const auto read =
      read_output_entry(entry, parse_ether_address, ether_entry::kNoAddress, ether_entry::kLearned);
  if (!read) return std::unexpected(read.error());
  if (auto wired = wired_.check(entry, read->output); !wired) return wired;
  if (read->key.is_group()) return refuse_entry(entry, "is for a group address, which no station has");
  const std::uint64_t wanted = number_of(read->key);
  if (wanted == 0) return fail(ExitCode::no, "00:00:00:00:00:00 is nobody's address");
  EtherBucket<>& bucket = bucket_of(wanted);
  std::string there;
  bucket.each(0, [&](std::uint64_t word, bool /*young*/) {
    if (EtherWord::is_static(word) && EtherWord::address_of(word) == wanted)
      there = fmt::format("{} {}", show(read->key), EtherWord::output_of(word));
  });
  if (!there.empty()) return refuse_second(there);
  const std::uint64_t learned = EtherWord::learned(wanted, read->output);
  if (!read->marked) {
    const auto gone = [this](std::uint64_t word) { give_share_back(word); };
    if (bucket.add_static(learned | EtherWord::kStatic, gone)) return {};
  } else if (const Learned what = enter(bucket, learned, now_.load(std::memory_order_relaxed));
             what == Learned::limited) {
    return fail(
        ExitCode::no,
        fmt::format("output {} has as many learned addresses as `learning_limit` allows", read->output));
  } else if (what != Learned::full) {
    return {};
  }
  return fail(ExitCode::no, fmt::format("the table has no room left where {} belongs", show(read->key)));
}

/// Counts one more learned address behind `output`. False: it has its share already.
bool EtherTable::take_share(PortIndex output) noexcept {
  std::atomic<std::uint32_t>& count = learned_at_[output];
  if (count.load(std::memory_order_relaxed) >= share_) return false;
  // Others may take the last one meanwhile.
  if (count.fetch_add(1, std::memory_order_relaxed) < share_) return true;
  count.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

/// A word is gone from the table, or did not get into it.
void EtherTable::give_share_back(std::uint64_t word) noexcept {
  if (word != 0 && !EtherWord::is_static(word))
    learned_at_[EtherWord::output_of(word)].fetch_sub(1, std::memory_order_relaxed);
}

/// Puts a learned word where its address stands, or into a place that is free or too old. A static entry
/// stays.
EtherTable::Learned EtherTable::enter(EtherBucket<>& bucket, std::uint64_t fresh,
                                      std::uint32_t now) noexcept {
  const std::uint64_t address = EtherWord::address_of(fresh);
  const auto place = bucket.place_for(address, now - oldest_);
  if (place.way == EtherBucket<>::kWays) {
    ++full_;
    return Learned::full;
  }
  const bool known = EtherWord::address_of(place.word) == address;
  if (known && EtherWord::is_static(place.word)) return Learned::nothing;
  if (!take_share(EtherWord::output_of(fresh))) {
    ++limited_;
    return Learned::limited;
  }
  if (!bucket.replace(place, fresh, now, [this](std::uint64_t twin) { give_share_back(twin); })) {
    // Another worker was faster: it has seen the same, or something newer.
    give_share_back(fresh);
    return Learned::nothing;
  }
  give_share_back(place.word);
  if (known && EtherWord::output_of(place.word) == EtherWord::output_of(fresh)) return Learned::nothing;
  ++(known ? moved_ : learned_);
  if (!known && place.word != 0) ++aged_;
  return known ? Learned::moved : Learned::added;
}

Result<void> EtherTable::remove(std::string_view entry) {
  const auto address = read_key(entry, parse_ether_address, ether_entry::kNoAddress);
  if (!address) return std::unexpected(address.error());
  const std::uint64_t unwanted = number_of(*address);
  bool found = false;
  bucket_of(unwanted).take_out(
      now_.load(std::memory_order_relaxed) - oldest_,
      [&](std::uint64_t word, bool young) {
        const bool is_it = EtherWord::address_of(word) == unwanted;
        found |= is_it && young;
        return is_it;
      },
      [this](std::uint64_t word) { give_share_back(word); });
  if (!found) return refuse_unknown(show(*address));
  return {};
}

void EtherTable::sweep(Nanoseconds now) noexcept {
  const std::uint32_t too_old = seconds(now) - oldest_;
  for (std::size_t left = std::min(count_, kMostSwept); left > 0; --left) {
    // A station that is heard at this very moment may be lost: its next frame is learned anew.
    buckets_[hand_].take_out(
        too_old, [](std::uint64_t /*word*/, bool young) { return !young; },
        [this](std::uint64_t word) {
          give_share_back(word);
          ++aged_;
        });
    hand_ = (hand_ + 1) % count_;
  }
}

std::vector<std::string> EtherTable::entries() const {
  std::vector<std::string> texts;
  const std::uint32_t too_old = now_.load(std::memory_order_relaxed) - oldest_;
  for (std::size_t b = 0; b < count_; ++b)
    buckets_[b].each(too_old, [&](std::uint64_t word, bool young) {
      if (!young) return;
      texts.push_back(fmt::format("{} {}", show(ether_entry::address_of(EtherWord::address_of(word))),
                                  EtherWord::output_of(word)));
      if (!EtherWord::is_static(word)) texts.back() += fmt::format(" {}", ether_entry::kLearned);
    });
  std::ranges::sort(texts);
  return texts;
}

PortIndex EtherTable::largest_output() const {
  PortIndex largest = kUnknown;
  for (std::size_t b = 0; b < count_; ++b)
    buckets_[b].each(0, [&](std::uint64_t word, bool /*young*/) {
      const PortIndex output = EtherWord::output_of(word);
      largest = largest == kUnknown ? output : std::max(largest, output);
    });
  return largest;
}

IXYFLOW_RESOURCE(EtherTable);

}  // namespace ixyflow::elements
