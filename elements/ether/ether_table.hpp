#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/secret_hash.hpp"
#include "core/base/units.hpp"
#include "core/element/entries.hpp"
#include "core/element/port_index.hpp"
#include "core/element/resource.hpp"
#include "core/net/addresses.hpp"
#include "elements/ether/ether_bucket.hpp"

namespace ixyflow::elements {

/// Behind which output a MAC address was seen: the filtering database of a bridge (IEEE 802.1D-2004, 7.9). A
/// shared table: any number of switches on any cores look up in it and learn into it, while the control
/// thread adds static entries, removes any, and takes out those that are too old.
///
/// A hash table of fixed size, in buckets of eight (EtherBucket). An entry is one word, so that it is never
/// seen in parts; nobody waits for anybody. Who finds a bucket full of entries that are still young does not
/// learn: frames to that address are flooded, as to any that is unknown. That nobody can bring this about for
/// others, the hash is seeded anew in every run, and no output gets more than its share of the table.
class EtherTable final : public Resource {
 public:
  /// What `find` gives for an address that it does not know. No output has this number.
  static constexpr PortIndex kUnknown = EtherBucket<>::kUnknown;

  /// What `learn` did.
  enum class Learned : std::uint8_t { nothing, added, moved, full, limited };

  static void describe(ResourceSpecOf<EtherTable>& spec);

  void configure(ResourceConfiguration& configuration) override;
  Result<void> add(std::string_view entry) override;
  Result<void> remove(std::string_view entry) override;
  [[nodiscard]] std::vector<std::string> entries() const override;
  void sweep(Nanoseconds now) noexcept override;

  /// For an element that uses the table and has `outputs` outputs: no entry to another one is added any more.
  /// Control thread.
  void limit_outputs(PortIndex outputs) noexcept { wired_.limit_to(outputs); }

  /// The largest output that an entry has; kUnknown when there is no entry. Control thread.
  [[nodiscard]] PortIndex largest_output() const;

  /// The time in whole seconds by which entries age, from the clock of whoever calls. Any worker, before the
  /// look-ups of a batch.
  [[nodiscard]] std::uint32_t seconds(Nanoseconds now) noexcept {
    const auto seconds = static_cast<std::uint32_t>(now / 1'000'000'000);
    if (seconds != now_.load(std::memory_order_relaxed)) now_.store(seconds, std::memory_order_relaxed);
    return seconds;
  }
  /// Where `address` was seen last, or kUnknown. Any worker.
  [[nodiscard]] PortIndex find(const EtherAddress& address, std::uint32_t now) const noexcept {
    const std::uint64_t wanted = number_of(address);
    return bucket_of(wanted).find(wanted, now - oldest_);
  }
  /// Whether a static entry says that `address` is behind `output`. Any worker.
  [[nodiscard]] bool has_static(const EtherAddress& address, PortIndex output) const noexcept {
    const std::uint64_t wanted = number_of(address);
    return bucket_of(wanted).has_static(wanted, output);
  }
  /// Notes that `address`, which somebody has, was seen behind `output`. A static entry stays as it is. Any
  /// worker.
  Learned learn(const EtherAddress& address, PortIndex output, std::uint32_t now) noexcept {
    const std::uint64_t fresh = EtherWord::learned(number_of(address), output);
    EtherBucket<>& bucket = bucket_of(EtherWord::address_of(fresh));
    return bucket.see(fresh, now) ? Learned::nothing : enter(bucket, fresh, now);
  }

 private:
  static constexpr std::size_t kMost = std::size_t{1} << 20;  ///< addresses
  static constexpr std::size_t kMostSwept =
      4096;  ///< buckets per call: the largest table in some three seconds

  [[nodiscard]] static std::uint64_t number_of(const EtherAddress& address) noexcept {
    std::uint64_t number = 0;
    for (const std::uint8_t byte : address.bytes) number = number << 8 | byte;
    return number;
  }
  [[nodiscard]] EtherBucket<>& bucket_of(std::uint64_t address) const noexcept {
    return buckets_[secret_hash(address, seed_) >> shift_];
  }
  Learned enter(EtherBucket<>& bucket, std::uint64_t fresh, std::uint32_t now) noexcept;
  Result<void> insert(std::string_view entry);
  [[nodiscard]] bool take_share(PortIndex output) noexcept;
  void give_share_back(std::uint64_t word) noexcept;

  std::vector<std::string> written_;  ///< as in the file
  std::uint64_t capacity_ = 8192;
  std::optional<std::uint32_t> learning_limit_;
  Duration max_age_{300'000'000'000};

  std::unique_ptr<EtherBucket<>[]> buckets_;
  std::size_t count_ = 0;  ///< buckets
  unsigned shift_ = 63;
  std::uint64_t seed_ = 0;
  std::uint32_t oldest_ = 300;
  std::uint32_t share_ = 0;  ///< learned addresses that an output may have
  WiredOutputs wired_;
  std::atomic<std::uint32_t> now_{0};
  std::size_t hand_ = 0;                                              ///< of `sweep`: the next bucket
  std::array<std::atomic<std::uint32_t>, kMaxOutputs> learned_at_{};  ///< how many each output has
  StripedCounter learned_;
  StripedCounter moved_;
  StripedCounter aged_;
  StripedCounter full_;
  StripedCounter limited_;
};

}  // namespace ixyflow::elements
