# What the scripts beside share: -D variables that must be set, and commands that must succeed.
function(need)
  foreach(variable ${ARGN})
    if(NOT ${variable})
      message(FATAL_ERROR "${CMAKE_SCRIPT_MODE_FILE} needs -D${variable}=")
    endif()
  endforeach()
endfunction()

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
