#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/os/file_descriptor.hpp"
#include "core/runtime/control/run.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tools/ixyflow/control/server.hpp"

/// A control server with its run in one thread: the test says when it looks, and what time it is then.
namespace ixyflow::test {

/// A run that has not started, with an element of live parameters, a resource and a source of 100 packets;
/// with more `tables` of a pipeline, and more elements at the beginning of its `path`.
std::unique_ptr<Run> small_run(const std::string& tables = "", const std::string& path = "");

/// The other end: a socket that does not block.
class RawClient {
 public:
  explicit RawClient(const std::string& path);
  /// Bytes that were taken; -1 when the other side is gone.
  long send(std::string_view text);
  /// What has arrived by now.
  std::string receive();
  /// Nothing more will be sent.
  void end_sending();
  /// Whether the server has closed the connection and all was read.
  bool closed();
  [[nodiscard]] int fd() const { return socket_.get(); }

 private:
  FileDescriptor socket_;
  bool closed_ = false;
};

class Deck {
 public:
  explicit Deck(const std::string& tables = "", const std::string& path = "");
  /// Some looks of the control thread, `seconds` later than the last ones.
  void serve(double seconds = 0);
  RawClient client() const { return RawClient(path); }
  /// A client that has been greeted; the greeting is read.
  RawClient greeted_client();
  /// What the server answers to `text`.
  std::string ask(RawClient& client, const std::string& text);

  TemporaryFolder directory;
  std::string path = directory / "deck.sock";
  std::unique_ptr<Run> run;
  std::unique_ptr<tools::ControlServer> server;
  tools::SteadyTime now{std::chrono::hours(1000)};
};

/// `{"id":1,"method":…,"params":…}` and its end.
std::string request(const std::string& method, const std::string& parameters = "{}");

}  // namespace ixyflow::test
