#include <array>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>

#include "tests/tools/control/control_support.hpp"
#include "tools/ixyflow/control/methods.hpp"
#include "tools/ixyflow/control/protocol.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using Json = nlohmann::json;

namespace {

/// Requests by the grammar of the protocol, with mistakes at every level.
class Grammar {
 public:
  explicit Grammar(unsigned seed) : random_(seed) {}

  std::string request() {
    std::string text = "{" + key("id") + ":" + (one_in(4) ? value(0) : "1") + "," + key("method") + ":" +
                       method() + "," + key("params") + ":" + (one_in(8) ? value(0) : parameters()) + "}";
    for (unsigned i = below(one_in(3) ? 4 : 1); i > 0; --i) mutate(text);
    return text;
  }
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

 private:
  bool one_in(unsigned n) { return below(n) == 0; }
  template <std::size_t N>
  std::string pick(const std::array<const char*, N>& words) {
    return words[below(N)];
  }
  std::string quoted(const std::string& text) { return "\"" + text + "\""; }

  std::string key(const std::string& name) {
    return one_in(30) ? quoted(pick(std::array{"", "ID", "id", "jsonrpc", "\\u0000"})) : quoted(name);
  }
  std::string method() {
    if (one_in(10)) return value(0);
    const auto names = tools::method_names();
    return quoted(names[below(static_cast<unsigned>(names.size()))]);
  }
  std::string parameters() {
    std::string text = "{";
    for (unsigned i = below(4); i > 0; --i) {
      text +=
          quoted(pick(std::array{"name", "element", "resource", "entry", "value", "format", "colour", "x"}));
      text += ":" + value(0) + (i > 1 ? "," : "");
    }
    return text + "}";
  }
  std::string value(int depth) {
    switch (below(depth < 20 ? 7 : 5)) {
      case 0:
        return pick(std::array{"null", "true", "false"});
      case 1:
        return pick(std::array{"0", "-1", "1e308", "1e999", "-0.0", "18446744073709551616", "0.5", "1"});
      case 2:
        return quoted(pick(std::array{"drop", "drop.probability", "in.port", "routes", "10.1.0.0/16 1",
                                      "10.1.0.0/16", "10.0.0.0/8", "text", "json"}));
      case 3:
        return quoted(pick(std::array{"", "%n%s", "../..", "\\u0000", "\\ud800", "a.b.c", "\\n",
                                      "0.0.0.0/0 0", "255.255.255.255/33 -1"}));
      case 4:
        return quoted(std::string(below(300), 'x'));
      case 5:
        return "[" + value(depth + 1) + "," + value(depth + 4) + "]";
      default:
        return "{" + key("name") + ":" + value(depth + 1) + "}";
    }
  }
  void mutate(std::string& text) {
    const std::size_t at = below(static_cast<unsigned>(text.size()));
    switch (below(5)) {
      case 0:
        text[at] = static_cast<char>(random_());
        break;
      case 1:
        text.erase(at, 1 + below(8));
        break;
      case 2:
        text.insert(at, pick(std::array{"{", "}", "[", "]", "\"", "\\", ",", ":", "\xff", "\x80", "\x1b"}));
        break;
      case 3:
        text.insert(at, text.substr(0, below(40)));
        break;
      default:
        text.resize(at);
    }
    if (text.empty()) text = "{";
  }

  std::mt19937 random_;
};

/// Every request gets one line of JSON: an id and either a result or an error with a code and a text that
/// can be shown.
void check_reply(const std::string& reply) {
  static const std::set<int> kCodes = {1, 2, 69, 70, 75, 77, 78};
  REQUIRE(reply.find('\n') == std::string::npos);
  const Json json = Json::parse(reply);
  REQUIRE(json.contains("id"));
  REQUIRE(json.size() == 2);
  if (json.contains("result")) return;
  REQUIRE(kCodes.contains(json.at("error").at("code").get<int>()));
  const auto text = json.at("error").at("message").get<std::string>();
  REQUIRE_FALSE(text.empty());
  for (const char c : text) REQUIRE(static_cast<unsigned char>(c) >= 0x20);
}

}  // namespace

TEST_CASE("L8 whatever a request says, one reply comes and the run goes on") {
  const auto run = small_run();
  Grammar grammar(GENERATE(1U, 2U, 3U));
  std::size_t results = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::string request = grammar.request();
    INFO(request);
    const std::string reply = tools::answer(*run, request, grammar.below(8) > 0);
    check_reply(reply);
    if (reply.find("\"result\"") != std::string::npos) ++results;
  }
  CHECK(results > 100);  // the grammar is not only mistakes
  while (run->step(0)) continue;
  const RunReport report = run->finish();
  CHECK(report.ledger.balanced());
  for (const WorkerReport& worker : report.workers) CHECK(worker.buffers_free == worker.buffers);
}

TEST_CASE("L8 requests in pieces of any size, of several clients at once, are answered one by one") {
  Deck deck;
  Grammar grammar(GENERATE(4U, 5U));
  std::array clients = {deck.greeted_client(), deck.greeted_client(), deck.greeted_client()};
  std::array<std::string, 3> queues;
  std::array<std::string, 3> answers;
  std::array<long, 3> asked{};
  for (int i = 0; i < 3000; ++i) {
    const unsigned who = grammar.below(3);
    if (queues[who].empty()) {
      std::string request = grammar.request();
      std::erase(request, '\n');
      queues[who] = request + "\n";
      ++asked[who];
    }
    const long sent = clients[who].send(queues[who].substr(0, 1 + grammar.below(200)));
    REQUIRE(sent >= 0);
    queues[who].erase(0, static_cast<std::size_t>(sent));
    deck.server->serve(*deck.run, deck.now);
    answers[who] += clients[who].receive();
  }
  for (std::size_t who = 0; who < clients.size(); ++who) {
    clients[who].send(queues[who]);
    deck.serve();
    answers[who] += clients[who].receive();
    CHECK(std::count(answers[who].begin(), answers[who].end(), '\n') == asked[who]);
    std::istringstream lines(answers[who]);
    for (std::string line; std::getline(lines, line);) check_reply(line);
  }
}
