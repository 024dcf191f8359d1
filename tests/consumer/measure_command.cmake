# Strips a copy of COMMAND with STRIP into WORK, and fails when more than 10 MB are left.
file(MAKE_DIRECTORY ${WORK})
execute_process(COMMAND ${STRIP} -o ${WORK}/gradloom ${COMMAND} COMMAND_ERROR_IS_FATAL ANY)
file(SIZE ${WORK}/gradloom bytes)
message("${bytes} bytes")
if(bytes GREATER_EQUAL 10000000)
  message(FATAL_ERROR "the stripped command has ${bytes} bytes; 10000000 is too many")
endif()
