# What a package holds: the program, the library, the software network card, and the headers that plugins see.
include(GNUInstallDirs)
install(TARGETS ixyflow_main ixyflow ixgbe_model_main)
foreach(room base net packet element device)
  install(DIRECTORY core/${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ixyflow/core FILES_MATCHING PATTERN "*.hpp")
endforeach()
