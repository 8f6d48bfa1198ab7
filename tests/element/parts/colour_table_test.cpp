#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/element/entries.hpp"
#include "core/element/resource.hpp"

namespace ixyflow::test {

// As elements/README.md shows it.

class ColourTable final : public Resource {
 public:
  static void describe(ResourceSpecOf<ColourTable>& spec) {
    spec.doc("Colours that packets had in the last `max_age`. A shared table: any worker writes to it.");
    spec.param("max_age", &ColourTable::max_age_, "how long a colour is remembered");
    spec.counter("aged", &ColourTable::aged_, "colours that were forgotten");
  }

  /// Any worker.
  void see(std::uint8_t colour, Nanoseconds now) noexcept {
    seen_[colour].store(now + 1, std::memory_order_relaxed);
  }

  Result<void> add(std::string_view entry) override { return refuse_entry(entry, "cannot be added"); }
  Result<void> remove(std::string_view entry) override { return refuse_unknown(entry); }
  [[nodiscard]] std::vector<std::string> entries() const override {
    std::vector<std::string> colours;
    for (std::size_t i = 0; i < seen_.size(); ++i)
      if (seen_[i].load(std::memory_order_relaxed) != 0) colours.push_back(std::to_string(i));
    return colours;
  }
  void sweep(Nanoseconds now) noexcept override {
    for (auto& colour : seen_) {
      Nanoseconds seen = colour.load(std::memory_order_relaxed);
      // Another worker may see it at this very moment: then it stays.
      if (seen != 0 && now - seen >= max_age_.ns &&
          colour.compare_exchange_strong(seen, 0, std::memory_order_relaxed))
        ++aged_;
    }
  }

 private:
  Duration max_age_{10'000'000'000};
  std::array<std::atomic<Nanoseconds>, 256> seen_{};  ///< when, and one more; 0: not
  StripedCounter aged_;
};

IXYFLOW_RESOURCE(ColourTable);

}  // namespace ixyflow::test

using namespace ixyflow;
using namespace ixyflow::test;

TEST_CASE("README: a shared table forgets by its sweep what nobody sees any more, and counts it") {
  constexpr Nanoseconds kSecond = 1'000'000'000;
  ColourTable table;
  table.see(3, 0);
  table.see(7, 5 * kSecond);
  table.sweep(9 * kSecond);
  CHECK(table.entries() == std::vector<std::string>{"3", "7"});
  table.sweep(11 * kSecond);
  CHECK(table.entries() == std::vector<std::string>{"7"});
  const ResourceSpec& spec = *ResourceRegistry::instance().find("ColourTable");
  CHECK(spec.counters.at(0).name == "aged");
  CHECK(spec.counters.at(0).value(table) == 1);
}
