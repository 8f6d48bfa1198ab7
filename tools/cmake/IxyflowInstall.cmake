# What an installation holds: the program, the library, the software network card, the headers that plugins see, and the
# example pipelines with their captures.
include(GNUInstallDirs)

# The program finds the library from where it stands itself, so that an installation can be moved.
file(RELATIVE_PATH library_folder "/${CMAKE_INSTALL_BINDIR}" "/${CMAKE_INSTALL_LIBDIR}")
set_target_properties(ixyflow_main PROPERTIES INSTALL_RPATH "$ORIGIN/${library_folder}")

install(TARGETS ixyflow_main ixyflow ixgbe_model_main)
foreach(room base net packet element device)
  install(DIRECTORY core/${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ixyflow/core FILES_MATCHING PATTERN "*.hpp")
endforeach()
install(DIRECTORY pipelines DESTINATION ${CMAKE_INSTALL_DATADIR}/ixyflow
        FILES_MATCHING PATTERN "*.toml" PATTERN "*.md" PATTERN "*-out.pcap" EXCLUDE PATTERN "*.pcap")
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
