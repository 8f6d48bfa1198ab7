# Tests of the built program, from outside: tests/**/*_test.py, in Python's unittest, each `def test_…` a test of its
# own. They find the program in the environment (IXYFLOW) and the tree in IXYFLOW_SOURCE_DIR.
find_program(DEBIAN_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)

# ixyflow_program_test(<file below tests/> <class> [method]): a test by unittest's name for it.
function(ixyflow_program_test file class)
  cmake_path(GET file STEM module)
  cmake_path(GET file PARENT_PATH folder)
  list(JOIN ARGN . method)
  set(name "${file}: ${class}")
  set(target ${module}.${class})
  if(method)
    string(APPEND name .${method})
    string(APPEND target .${method})
  endif()
  add_test(NAME "${name}" COMMAND ${DEBIAN_PYTHON} -m unittest ${target}
           WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/${folder})
  set_tests_properties("${name}" PROPERTIES TIMEOUT 300 SKIP_REGULAR_EXPRESSION "OK \\(skipped=1\\)" ENVIRONMENT
    "IXYFLOW=$<TARGET_FILE:ixyflow_main>;IXYFLOW_SOURCE_DIR=${CMAKE_SOURCE_DIR};IXYFLOW_BUILD_DIR=${CMAKE_BINARY_DIR};PYTHONPATH=${CMAKE_CURRENT_SOURCE_DIR}/support;PYTHONDONTWRITEBYTECODE=1")
  # Where each access to a card is a message, a guest that software emulates takes its time.
  if(file MATCHES "^vm/")
    # It starts early, so that there are others to run beside it.
    set_tests_properties("${name}" PROPERTIES TIMEOUT 1260 COST 30)
  endif()
endfunction()

file(GLOB_RECURSE program_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.py)
foreach(file IN LISTS program_tests)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE relative)
  file(STRINGS ${file} lines REGEX "^(class |    def test_)")
  set(class "")
  foreach(line IN LISTS lines)
    if(line MATCHES "^class ([A-Za-z0-9_]+)")
      set(class ${CMAKE_MATCH_1})
    elseif(NOT relative MATCHES "^vm/" AND line MATCHES "def (test_[A-Za-z0-9_]+)")
      ixyflow_program_test(${relative} ${class} ${CMAKE_MATCH_1})
    elseif(line MATCHES "def test_" AND NOT TEST "${relative}: ${class}")
      # In tests/vm a class is one test: its methods share a guest, which takes seconds to boot.
      ixyflow_program_test(${relative} ${class})
    endif()
  endforeach()
endforeach()
