#pragma once

namespace ixyflow {

/// Names a moment of start or stop. In builds with IXYFLOW_CHECKS, the environment variable
/// IXYFLOW_FAILPOINT="name=SIGINT" (or SIGTERM, twice: "name=SIGINT,SIGINT") makes the process signal itself
/// there, so that a test can interrupt every phase exactly; elsewhere this is nothing.
#ifdef IXYFLOW_CHECKS
void failpoint(const char* name);
#else
inline void failpoint(const char* /*name*/) {}
#endif

}  // namespace ixyflow
