# What a package holds: the program, the library, and the headers that plugins see.
include(GNUInstallDirs)
install(TARGETS ixyflow_main ixyflow)
foreach(room base net packet element device)
  install(DIRECTORY core/${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ixyflow/core FILES_MATCHING PATTERN "*.hpp")
endforeach()
