# What `cmake --install` copies: both libraries, their headers under include/gradloom, the command, and the files by
# which find_package(gradloom) and pkg-config find them.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gradloom)
set(header_dir ${CMAKE_INSTALL_INCLUDEDIR}/gradloom)

install(TARGETS gradloom_engine gradloom_gradloom EXPORT gradloom
  INCLUDES DESTINATION ${header_dir})
foreach(folder ${engine_folders} ${translator_folders})
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.h)
  install(FILES ${headers} DESTINATION ${header_dir}/${folder})
endforeach()
set_target_properties(gradloom_gradloom PROPERTIES INSTALL_RPATH $ORIGIN)
if(TARGET gradloom_command)
  file(RELATIVE_PATH libraries /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
  set_target_properties(gradloom_command PROPERTIES INSTALL_RPATH $ORIGIN/${libraries})
  install(TARGETS gradloom_command)
  # The command writes its own manual page and completions.
  set(manual ${PROJECT_BINARY_DIR}/gradloom.1)
  add_custom_command(OUTPUT ${manual} COMMAND gradloom_command manual > ${manual} DEPENDS gradloom_command VERBATIM)
  set(completions)
  foreach(shell bash zsh fish)
    set(completion ${PROJECT_BINARY_DIR}/completion.${shell})
    add_custom_command(OUTPUT ${completion} COMMAND gradloom_command completion ${shell} > ${completion}
      DEPENDS gradloom_command VERBATIM)
    list(APPEND completions ${completion})
  endforeach()
  add_custom_target(gradloom_manual ALL DEPENDS ${manual} ${completions})
  install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${PROJECT_BINARY_DIR}/completion.bash RENAME gradloom
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${PROJECT_BINARY_DIR}/completion.zsh RENAME _gradloom
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${PROJECT_BINARY_DIR}/completion.fish RENAME gradloom.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

install(EXPORT gradloom NAMESPACE gradloom:: FILE gradloom-targets.cmake DESTINATION ${package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/gradloom-config.cmake.in
  ${PROJECT_BINARY_DIR}/gradloom-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gradloom-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gradloom-config.cmake ${PROJECT_BINARY_DIR}/gradloom-config-version.cmake
  DESTINATION ${package_dir})

# gradloom_pkgconfig(NAME TARGET DESCRIPTION REQUIRES): a .pc file that names the private libraries of the target, which
# whoever links a static one has to link too.
file(RELATIVE_PATH pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
function(gradloom_pkgconfig name target description requires)
  get_target_property(file ${target} OUTPUT_NAME)
  get_target_property(linked ${target} LINK_LIBRARIES)
  set(private_libs -lpthread)
  foreach(library ${linked})
    if(NOT TARGET ${library})
      string(APPEND private_libs " -l${library}")
    endif()
  endforeach()
  set(libs "-L\${libdir} -l${file}")
  if(NOT BUILD_SHARED_LIBS)
    string(APPEND libs " ${private_libs}")
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/gradloom.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

gradloom_pkgconfig(gradloom-engine gradloom_engine "Loads, runs and trains modules of dataflow graphs" "")
gradloom_pkgconfig(gradloom gradloom_gradloom "Dataflow graphs with automatic differentiation, and a translator"
  "gradloom-engine = ${PROJECT_VERSION}")
