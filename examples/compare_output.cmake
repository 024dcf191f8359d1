# Runs PROGRAM, with ARGUMENT if there is one, in the empty folder WORK and fails unless it exits 0 and prints the text
# of the file EXPECTED. A program that cannot run here exits 77 and says why.
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
execute_process(COMMAND ${PROGRAM} ${ARGUMENT} WORKING_DIRECTORY ${WORK} RESULT_VARIABLE status OUTPUT_VARIABLE output)
if(status EQUAL 77)
  message("${output}")
  return()
endif()
file(READ ${EXPECTED} expected)
if(NOT status EQUAL 0 OR NOT output STREQUAL expected)
  message(FATAL_ERROR "${PROGRAM}: exit ${status}; it printed\n${output}\ninstead of\n${expected}")
endif()
