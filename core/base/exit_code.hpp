#pragma once

namespace ixyflow {

/// What the program tells its caller; the numbers follow sysexits.h where it has a word for it.
enum class ExitCode : int {
  ok = 0,
  no = 1,              ///< the answer is no: a test failed, a check found mistakes of the asked-for kind
  usage = 2,           ///< the command line is wrong
  input = 66,          ///< an input cannot be read
  unavailable = 69,    ///< no running instance, or a device is gone
  internal = 70,       ///< a fault of ixyflow itself: the ledger does not balance, a buffer is lost
  output = 74,         ///< an output could not be written
  again = 75,          ///< try again
  refused = 77,        ///< refused or not permitted
  configuration = 78,  ///< the pipeline, a plugin or missing resources
  interrupted = 130,   ///< a second SIGINT
};

}  // namespace ixyflow
