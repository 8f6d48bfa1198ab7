#include "tools/ixyflow/program.hpp"

int main(int argc, char** argv) {
  return ixyflow::run_program(argc, argv);
}
