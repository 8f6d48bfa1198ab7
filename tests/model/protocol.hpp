#pragma once

// The library of tests first: relacy's macros would get into it.
#include <catch2/catch.hpp>

#include "tests/model/checker.hpp"

namespace ixyflow::model {

template <class Protocol>
std::uint64_t check_promise(unsigned preemptions) {
  const Outcome outcome = explore<Protocol>(preemptions);
  INFO(outcome.report);
  REQUIRE(outcome.good);
  CHECK(outcome.interleavings > 100);
  return outcome.interleavings;
}

/// Holds the protocol to its promise in all interleavings, and then with each memory order of `source` made
/// relaxed in turn: each of these must break it, else the order is not needed. Returns how many there are.
template <class Protocol>
std::size_t check_protocol(std::string_view source, unsigned preemptions = 0) {
  mutation = {};
  check_promise<Protocol>(preemptions);
  std::vector<Site> sites;
  for (const Site& site : mutation.sites())
    if (std::get<0>(site).find(source) != std::string_view::npos) sites.push_back(site);
  for (const Site& site : sites) {
    mutation.weakened = site;
    INFO("relaxed at " << show(site));
    CHECK_FALSE(explore<Protocol>(preemptions).good);
  }
  mutation = {};
  return sites.size();
}

}  // namespace ixyflow::model
