#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/tools/control/control_support.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

const std::string kAsked = request("stats.get");

nlohmann::json parsed(const std::string& reply) {
  return nlohmann::json::parse(reply);
}

int refusal(const std::string& reply) {
  return parsed(reply).at("error").at("code").get<int>();
}

}  // namespace

TEST_CASE("L3 one too many is told so, unless another one has had its answers, or says nothing") {
  Deck deck;
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < tools::ControlServer::kMostClients; ++i)
    clients.push_back(deck.greeted_client());
  RawClient surplus = deck.client();
  deck.serve(0.1);
  CHECK(refusal(surplus.receive()) == 75);
  CHECK(surplus.closed());

  // Whoever was heard of most recently stays longest.
  for (std::size_t i = 2; i < clients.size(); ++i) {
    deck.serve(0.005);
    deck.ask(clients[i], kAsked);
  }
  deck.serve(0.02);
  deck.ask(clients[2], kAsked);
  std::vector<RawClient> newcomers;
  const auto add = [&] {
    newcomers.push_back(deck.greeted_client());
    CHECK(parsed(deck.ask(newcomers.back(), kAsked)).contains("result"));
  };
  for (const std::size_t gone : {std::size_t{3}, std::size_t{4}}) {
    add();
    CHECK(clients[gone].closed());
  }
  CHECK_FALSE(clients[2].closed());
  CHECK_FALSE(clients[0].closed());
  deck.serve(1);
  add();
  CHECK(clients[0].closed());
}

TEST_CASE("L3 who may not change anything takes no place of those who may, and gives way to them") {
  if (::geteuid() != 0) {
    WARN("not tried: it takes root to connect as somebody else");
    return;
  }
  Deck deck;
  std::filesystem::permissions(deck.path, std::filesystem::perms::all);
  std::filesystem::permissions(deck.directory.path(), std::filesystem::perms::all);
  std::vector<RawClient> readers;
  const auto add_reader = [&] {
    REQUIRE(::seteuid(65534) == 0);
    readers.push_back(deck.client());
    REQUIRE(::seteuid(0) == 0);
    deck.serve();
    return readers.back().receive();
  };
  for (std::size_t i = 0; i < tools::ControlServer::kMostReaders; ++i)
    CHECK(parsed(add_reader()).contains("protocol"));
  CHECK(refusal(add_reader()) == 75);
  std::vector<RawClient> owners;
  for (std::size_t i = tools::ControlServer::kMostReaders; i < tools::ControlServer::kMostClients; ++i)
    owners.push_back(deck.greeted_client());
  for (RawClient& owner : owners) deck.ask(owner, kAsked);
  deck.serve(1);
  // All that the readers do is talk, without an end, more recently than the owners.
  for (std::size_t i = 0; i < tools::ControlServer::kMostReaders; ++i)
    CHECK(parsed(deck.ask(readers[i], kAsked)).contains("result"));
  RawClient owner = deck.greeted_client();
  CHECK(parsed(deck.ask(owner, kAsked)).contains("result"));
  CHECK(readers[0].closed());
  for (RawClient& other : owners) CHECK_FALSE(other.closed());
  CHECK(parsed(add_reader()).contains("protocol"));
  CHECK(readers[1].closed());
}

TEST_CASE("L3 neither a part of a request nor a reply that is not taken keeps a place") {
  Deck deck;
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < 3 * tools::ControlServer::kMostClients; ++i) {
    clients.push_back(deck.greeted_client());
    clients.back().send(R"({"id":1,)");
    deck.serve();
  }
  // Whoever asks at once is answered, however fast others come.
  RawClient owner = deck.greeted_client();
  clients.push_back(deck.greeted_client());
  CHECK(parsed(deck.ask(owner, kAsked)).contains("result"));

  // These ask for more than a socket holds, and read nothing of it.
  std::string many;
  for (int i = 0; i < 1000; ++i) many += kAsked;
  std::vector<RawClient> deaf;
  for (std::size_t i = 0; i < tools::ControlServer::kMostClients; ++i) {
    deaf.push_back(deck.greeted_client());
    deaf.back().send(many.substr(0, 60'000));
    for (int round = 0; round < 1000; ++round) deck.serve();
  }
  RawClient early = deck.client();
  deck.serve(0.1);
  CHECK(refusal(early.receive()) == 75);
  deck.serve(0.2);
  RawClient late = deck.greeted_client();
  CHECK(parsed(deck.ask(late, kAsked)).contains("result"));
}
