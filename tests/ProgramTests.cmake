# Tests of the built program, from outside: tests/**/*_test.py, in Python's unittest, each `def test_…` a test of its
# own. They find the program in the environment (IXYFLOW) and the tree in IXYFLOW_SOURCE_DIR.
find_program(DEBIAN_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
file(GLOB_RECURSE program_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.py)
foreach(file IN LISTS program_tests)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE relative)
  cmake_path(GET file PARENT_PATH folder)
  cmake_path(GET file STEM module)
  file(STRINGS ${file} lines REGEX "^(class |    def test_)")
  set(class "")
  foreach(line IN LISTS lines)
    if(line MATCHES "^class ([A-Za-z0-9_]+)")
      set(class ${CMAKE_MATCH_1})
    elseif(line MATCHES "def (test_[A-Za-z0-9_]+)")
      set(test ${CMAKE_MATCH_1})
      add_test(NAME "${relative}: ${class}.${test}"
               COMMAND ${DEBIAN_PYTHON} -m unittest ${module}.${class}.${test} WORKING_DIRECTORY ${folder})
      set_tests_properties("${relative}: ${class}.${test}" PROPERTIES TIMEOUT 300 ENVIRONMENT
        "IXYFLOW=$<TARGET_FILE:ixyflow_main>;IXYFLOW_SOURCE_DIR=${CMAKE_SOURCE_DIR};IXYFLOW_BUILD_DIR=${CMAKE_BINARY_DIR};PYTHONPATH=${CMAKE_CURRENT_SOURCE_DIR}/support;PYTHONDONTWRITEBYTECODE=1")
    endif()
  endforeach()
endforeach()
