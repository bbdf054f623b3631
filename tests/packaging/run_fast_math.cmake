# A consumer built by CXX with -ffast-math, against an install of BUILD_DIR, gets the bits that any
# other gets.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
need(FOLDER SOURCE_DIR BUILD_DIR CXX GENERATOR)

set(prefix ${FOLDER}/prefix)
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER}/usual ${FOLDER}/fast)
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${prefix})
run(${CMAKE_COMMAND} -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${CXX}
    -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} -DCMAKE_PREFIX_PATH=${prefix} -S ${SOURCE_DIR}/tests/packaging/fast_math -B ${FOLDER}/build)
run(${CMAKE_COMMAND} --build ${FOLDER}/build --parallel 2)

foreach(program usual fast)
  execute_process(COMMAND ${FOLDER}/build/${program} ${FOLDER}/${program}
    OUTPUT_FILE ${FOLDER}/${program}.txt RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(SEND_ERROR "${program} granted what is no number, or failed: ${status}, "
                       "${FOLDER}/${program}.txt")
  endif()
endforeach()

execute_process(COMMAND diff ${FOLDER}/usual.txt ${FOLDER}/fast.txt
  OUTPUT_VARIABLE differences RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  string(SUBSTRING "${differences}" 0 4000 differences)
  message("${differences}")
  message(SEND_ERROR "-ffast-math changes what a consumer sees")
endif()
