#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/tools/control/control_support.hpp"
#include "tools/ixyflow/control/methods.hpp"
#include "tools/ixyflow/control/protocol.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using Json = nlohmann::json;
using Catch::Matchers::Contains;

namespace {

const std::string kStatistics = request("stats.get");

/// The only line of `text`, as JSON.
Json reply_of(const std::string& text) {
  REQUIRE(std::count(text.begin(), text.end(), '\n') == 1);
  return Json::parse(text);
}

int code_of(const std::string& text) {
  return reply_of(text).at("error").at("code").get<int>();
}

std::string message_of(const std::string& text) {
  return reply_of(text).at("error").at("message").get<std::string>();
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

}  // namespace

TEST_CASE("the server greets with version, protocol, pipeline and methods") {
  Deck deck;
  RawClient client = deck.client();
  deck.serve();
  const Json greeting = reply_of(client.receive());
  CHECK(greeting.at("ixyflow").is_string());
  CHECK(greeting.at("protocol") == 1);
  CHECK(greeting.at("pipeline") == "small");
  CHECK(greeting.at("methods").get<std::vector<std::string>>() == tools::method_names());
}

TEST_CASE("every method is documented, and listed with its parameters") {
  Deck deck;
  RawClient client = deck.greeted_client();
  const Json reply = reply_of(deck.ask(client, request("methods.list")));
  REQUIRE(reply.at("result").size() == tools::methods().size());
  for (const Json& method : reply.at("result")) {
    CHECK(method.at("doc").get<std::string>().ends_with("."));
    CHECK(method.at("params").is_array());
  }
}

TEST_CASE("a reply has the id of its request, and requests are answered in order") {
  Deck deck;
  RawClient client = deck.greeted_client();
  const std::string text = deck.ask(client, R"({"id":"a","method":"resources.list"})"
                                            "\n"
                                            R"({"id":-7,"method":"resources.list"})"
                                            "\n");
  CHECK(text == "{\"id\":\"a\",\"result\":[\"routes\"]}\n{\"id\":-7,\"result\":[\"routes\"]}\n");
}

TEST_CASE("parameters and resources are read and changed") {
  Deck deck;
  RawClient client = deck.greeted_client();
  const Json before =
      reply_of(deck.ask(client, request("parameters.get", R"({"element":"drop","name":"probability"})")));
  CHECK(before.at("result").at(0).at("value") == 0.25);
  CHECK(before.at("result").at(0).at("live") == true);
  const Json change =
      reply_of(deck.ask(client, request("parameters.set", R"({"name":"drop.probability","value":0.5})")));
  CHECK(change.at("result").at("before") == 0.25);
  CHECK(change.at("result").at("after") == 0.5);
  reply_of(deck.ask(client, request("resources.add", R"({"resource":"routes","entry":"10.1.0.0/16 1"})")))
      .at("result");
  const Json entries = reply_of(deck.ask(client, request("resources.get", R"({"resource":"routes"})")));
  CHECK(entries.at("result").size() == 2);
  reply_of(deck.ask(client, request("resources.delete", R"({"resource":"routes","entry":"10.1.0.0/16"})")))
      .at("result");
}

TEST_CASE("views are listed and read, and one that is not there is refused") {
  Deck deck;
  RawClient client = deck.greeted_client();
  CHECK(reply_of(deck.ask(client, request("views.list"))).at("result") == Json::parse(R"(["flows.top"])"));
  while (deck.run->step(0)) continue;
  const Json rows = reply_of(deck.ask(client, request("views.get", R"({"view":"flows.top"})"))).at("result");
  CHECK(rows.is_array());
  CHECK_THAT(message_of(deck.ask(client, request("views.get", R"({"view":"flows.tip"})"))),
             Contains("did you mean 'flows.top'"));
}

TEST_CASE("statistics come as JSON and as text") {
  Deck deck;
  RawClient client = deck.greeted_client();
  CHECK(reply_of(deck.ask(client, kStatistics)).at("result").at("ledger").at("balanced") == true);
  const Json text = reply_of(deck.ask(client, request("stats.get", R"({"format":"text"})")));
  CHECK_THAT(text.at("result").get<std::string>(), Contains("ledger: "));
  CHECK(code_of(deck.ask(client, request("stats.get", R"({"format":"xml"})"))) == 2);
}

TEST_CASE("a client can end the run") {
  Deck deck;
  RawClient client = deck.greeted_client();
  CHECK(reply_of(deck.ask(client, request("run.stop"))).at("result").is_null());
  while (deck.run->step(0)) continue;
  CHECK(deck.run->finish().stopped_by == "run.stop");
}

TEST_CASE("who still waits when the run ends is told so") {
  Deck deck;
  RawClient client = deck.greeted_client();
  client.send(kStatistics);
  deck.server->dismiss(deck.now);
  CHECK(code_of(client.receive()) == 69);
  CHECK(client.closed());
}

TEST_CASE("L1 a line that does not end is refused at 64 KiB") {
  Deck deck;
  RawClient client = deck.greeted_client();
  std::string reply;
  for (int i = 0; i < 1000 && reply.empty(); ++i) {
    client.send(std::string(4096, '\xa5'));
    reply = deck.ask(client, "");
    REQUIRE(i < 40);
  }
  CHECK_THAT(message_of(reply), Contains("65536 bytes"));
  CHECK(client.closed());
  CHECK(deck.server->clients() == 0);
}

TEST_CASE("L1 a long line with an end is refused too, and the longest one is answered") {
  Deck deck;
  RawClient client = deck.greeted_client();
  std::string longest = R"({"id":1,"method":"resources.list"})";
  longest.resize(tools::kLongestRequest, ' ');
  CHECK(reply_of(deck.ask(client, longest + "\n")).contains("result"));
  CHECK(code_of(deck.ask(client, longest + " \n")) == 2);
  CHECK(client.closed());
}

TEST_CASE("L1 deep nesting, NUL, wrong UTF-8 and huge numbers get an error that shows them escaped") {
  Deck deck;
  RawClient client = deck.greeted_client();
  const std::string deep = std::string(30'000, '[') + std::string(30'000, ']');
  CHECK_THAT(message_of(deck.ask(client, deep + "\n")), Contains("at most 16 deep"));
  CHECK_THAT(message_of(deck.ask(client, std::string("{\0}\n", 4))), Contains("\\x00"));
  CHECK_THAT(message_of(deck.ask(client, "{\"id\":1,\"method\":\"\xff\xfe\"}\n")), Contains("\\xff"));
  CHECK_THAT(message_of(deck.ask(client, "{\"id\":1,\"method\":\"\x1b[31m\"}\n")), Contains("\\x1b"));
  CHECK_THAT(message_of(deck.ask(client, R"({"id":1e999,"method":"stats.get"})"
                                         "\n")),
             Contains("out of range"));
  CHECK_THAT(
      message_of(deck.ask(
          client, request("parameters.set", R"({"name":"drop.probability","value":18446744073709551615})"))),
      Contains("not 18446744073709551615"));
  CHECK(reply_of(deck.ask(client, kStatistics)).contains("result"));
}

TEST_CASE("L2 a request that is not complete after 5 s ends the connection") {
  Deck deck;
  RawClient client = deck.greeted_client();
  deck.serve(60);  // silence is no crime
  for (int second = 0; second < 5; ++second) {
    client.send("{");
    deck.serve(1);
    REQUIRE(deck.server->clients() == 1);
  }
  deck.serve(2);
  CHECK_THAT(message_of(client.receive()), Contains("half a request: its end did not come within 5 s"));
  CHECK(client.closed());
}

TEST_CASE("L2 half a request in front of the end is answered before the connection is closed") {
  Deck deck;
  for (const char* half : {"{", R"({"id":1,"meth)", R"({"id":1,"method":"stats.get")"}) {
    RawClient client = deck.greeted_client();
    client.send(half);
    deck.serve();
    client.end_sending();
    deck.serve();
    CHECK_THAT(message_of(client.receive()), Contains("not JSON"));
    CHECK(client.closed());
  }
  CHECK(deck.server->clients() == 0);
}

TEST_CASE("a run tells its state and the CPUs of its cores without a word from its workers") {
  Deck deck;
  RawClient client = deck.greeted_client();
  const Json result = reply_of(deck.ask(client, request("run.get"))).at("result");
  CHECK(result.at("state") == "running");
  CHECK(result.at("seconds") >= 0);
  CHECK(result.at("cores").at(0).at("name") == "main");
  CHECK(result.at("cores").at(0).at("cpu").is_number_integer());
}

TEST_CASE("L2 who does not take replies is closed after 5 s, and its requests take bounded memory") {
  Deck deck;
  RawClient client = deck.greeted_client();
  std::size_t taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    const long count = client.send(kStatistics);
    if (count <= 0) deck.serve();
    taken += static_cast<std::size_t>(std::max(count, 0L));
  }
  // What the kernel holds for both directions, and no more.
  CHECK(taken < 4'000'000);
  deck.serve(4);
  CHECK(deck.server->clients() == 1);
  deck.serve(2);
  CHECK(deck.server->clients() == 0);
}

TEST_CASE("L2 who has sent all it has to say gets its answers, then the end") {
  Deck deck;
  RawClient client = deck.greeted_client();
  client.send(kStatistics + R"({"id":2,"method":"resources.list"})");
  client.end_sending();
  deck.serve();
  const std::string text = client.receive();
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  CHECK_THAT(text, Contains("{\"id\":2,\"result\":[\"routes\"]}\n"));
  CHECK(client.closed());
}

TEST_CASE("L2 who leaves in the middle of a reply disturbs nobody") {
  Deck deck;
  RawClient other = deck.greeted_client();
  for (int i = 0; i < 50; ++i) {
    RawClient client = deck.greeted_client();
    for (int j = 0; j < 300; ++j) client.send(kStatistics);
    deck.server->serve(*deck.run, deck.now);
  }
  CHECK(reply_of(deck.ask(other, kStatistics)).contains("result"));
  deck.serve();
  CHECK(deck.server->clients() == 1);
}

TEST_CASE("L4 only who may write changes anything, and everybody may read") {
  const auto run = small_run();
  for (const tools::Method& method : tools::methods()) {
    const Json reply = Json::parse(tools::answer(*run, request(std::string(method.name)), false));
    const bool refused = reply.contains("error") && reply["error"]["code"] == 77;
    CHECK(refused == (method.access == tools::Access::write));
  }
  while (run->step(0)) continue;
  CHECK(run->finish().stopped_by == "end");
}

TEST_CASE("L5 every method with every wrong parameter gets an error and changes nothing") {
  Deck deck;
  RawClient client = deck.greeted_client();
  const std::string before = deck.ask(client, request("parameters.get"));
  const std::string entries = deck.ask(client, request("resources.get", R"({"resource":"routes"})"));
  const std::vector<std::string> values = {R"("")",
                                           R"("%n%s%n")",
                                           R"("../..")",
                                           R"("/etc/passwd")",
                                           R"("drop.")",
                                           R"(".")",
                                           R"("drop.nothing")",
                                           "-1",
                                           "1e308",
                                           "9223372036854775807",
                                           "null",
                                           "[]",
                                           "{}",
                                           "[[\"x\"]]",
                                           "true",
                                           R"("\u0000")",
                                           "\"" + std::string(20'000, 'x') + "\""};
  for (const tools::Method& method : tools::methods()) {
    if (method.parameters.empty()) continue;
    for (const std::string& value : values) {
      std::string parameters;
      for (const tools::MethodParameter& parameter : method.parameters)
        parameters += fmt::format(R"({}"{}":{})", parameters.empty() ? "" : ",", parameter.name, value);
      const std::string text = deck.ask(client, request(std::string(method.name), "{" + parameters + "}"));
      INFO(method.name << " " << value.substr(0, 40) << "\n" << text.substr(0, 300));
      // No name at all means all parameters.
      if (method.name == "parameters.get" && value == R"("")") continue;
      CHECK(reply_of(text).contains("error"));
      CHECK(message_of(text).size() < 1000);
    }
  }
  CHECK(deck.ask(client, request("parameters.get")) == before);
  CHECK(deck.ask(client, request("resources.get", R"({"resource":"routes"})")) == entries);
}

TEST_CASE("L5 what is misspelt is named, with what is near") {
  Deck deck;
  RawClient client = deck.greeted_client();
  CHECK_THAT(message_of(deck.ask(client, request("stat.get"))), Contains("did you mean 'stats.get'?"));
  CHECK_THAT(message_of(deck.ask(client, request("stats.get", R"({"formt":"text"})"))),
             Contains("did you mean 'format'?"));
  CHECK_THAT(message_of(deck.ask(client, R"({"id":1,"methd":"stats.get"})"
                                         "\n")),
             Contains("did you mean 'method'?"));
  CHECK_THAT(message_of(deck.ask(client, request("resources.get", R"({"resource":"route"})"))),
             Contains("routes"));
  CHECK_THAT(message_of(deck.ask(client, request("parameters.set"))), Contains("needs 'name'"));
}

TEST_CASE("L5 an id that is neither an integer nor a string is refused, whatever it holds") {
  Deck deck;
  RawClient client = deck.greeted_client();
  for (const char* id :
       {"[1]", "{}", "1.5", "true", "[18446744073709551615]", "{\"a\":18446744073709551615}"})
    CHECK_THAT(
        message_of(deck.ask(client, "{\"id\":" + std::string(id) + ",\"method\":\"resources.list\"}\n")),
        Contains("'id' takes an integer or a string"));
  CHECK_THAT(deck.ask(client, "{\"id\":18446744073709551615,\"method\":\"resources.list\"}\n"),
             Contains("{\"id\":18446744073709551615,\"result\":[\"routes\"]}"));
}

TEST_CASE("L6 changes of two clients at the same time come one after the other") {
  Deck deck;
  RawClient one = deck.greeted_client();
  RawClient two = deck.greeted_client();
  one.send(request("resources.add", R"({"resource":"routes","entry":"10.2.0.0/16 1"})"));
  two.send(request("resources.add", R"({"resource":"routes","entry":"10.2.0.0/16 2"})"));
  deck.serve();
  CHECK(reply_of(one.receive()).contains("result"));
  CHECK(code_of(two.receive()) == 1);
}

TEST_CASE("L7 descriptors that come along are closed") {
  Deck deck;
  RawClient client = deck.greeted_client();
  const std::size_t before = open_descriptors();
  for (int round = 0; round < 100; ++round) {
    std::string text = kStatistics;
    iovec piece{text.data(), text.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(8 * sizeof(int));
    for (int i = 0; i < 8; ++i) reinterpret_cast<int*>(CMSG_DATA(header))[i] = 2;
    REQUIRE(::sendmsg(client.fd(), &message, 0) > 0);
    CHECK(reply_of(deck.ask(client, "")).contains("result"));
  }
  CHECK(open_descriptors() == before);
}
