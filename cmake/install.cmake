include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS morgiana EXPORT morgiana-targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY include/morgiana DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(FILES python/morgiana/calibrations/sface-2021dec.json
  DESTINATION ${CMAKE_INSTALL_DATADIR}/morgiana/calibrations)
install(EXPORT morgiana-targets NAMESPACE morgiana::
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/morgiana)
configure_package_config_file(cmake/morgiana-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/morgiana-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/morgiana)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/morgiana-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/morgiana-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/morgiana-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/morgiana)
