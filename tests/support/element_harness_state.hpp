#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/element_harness.hpp"
#include "tests/support/fake_outputs.hpp"
#include "tests/support/made_element.hpp"

namespace ixyflow::test {

/// What an ElementHarness holds, and how it holds the element to the contract.
struct ElementHarness::State {
  State(std::string_view type, Value::Table given, HarnessOptions wanted)
      : spec(find_element(type)),
        options(wanted),
        table(std::move(given)),
        names(output_names(spec, table, options.outputs)),
        memory(take(DmaMemory::allocate(options.layout.bytes(options.buffers), Pages::small, -1))),
        pool(take(Mempool::create(memory, options.buffers, options.layout, 0))),
        outputs(*pool, clock, spec, names, options.burst) {
    if (!options.input_layout) return;
    foreign_memory =
        take(DmaMemory::allocate(options.input_layout->bytes(options.buffers), Pages::small, -1));
    foreign_pool = take(Mempool::create(*foreign_memory, options.buffers, *options.input_layout, 1));
    Mempool::connect(*foreign_pool, *pool);
  }

  template <class T>
  static T take(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().text);
    return std::move(*result);
  }

  /// Makes the element, attaches its ports and prepares it.
  void start();
  /// Runs `call`, holds the element to the contract, and returns what left. `given` packets of `given_bytes`
  /// bytes in all go in.
  std::vector<Sent> watch(const std::function<void()>& call, std::uint32_t given = 0,
                          std::uint64_t given_bytes = 0);
  Packet* make_packet(const Input& input);
  Sent record(const FakeOutputs::Departure& departure);
  void check_account() const;
  /// The element has broken the contract: ends the program with a report.
  [[noreturn]] void broken(const std::string& what) const;

  const ElementSpec& spec;
  HarnessOptions options;
  Value::Table table;
  std::vector<std::string> names;
  Clock clock{Clock::Kind::simulated};
  DmaMemory memory;
  std::unique_ptr<Mempool> pool;
  std::optional<DmaMemory> foreign_memory;
  std::unique_ptr<Mempool> foreign_pool;  ///< of another core, for what goes in
  FakeOutputs outputs;
  Resources resources;
  std::unique_ptr<Element> element;
  std::vector<Packet*> reserved;  ///< by leave_buffers
  std::uint64_t in = 0;
  std::uint64_t in_bytes = 0;
  bool lengths_known = true;  ///< false once packets came in whose length nobody told us
};

}  // namespace ixyflow::test
