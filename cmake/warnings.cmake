# Flags for this project's own sources; consumers get none of them.
add_library(morgiana_warnings INTERFACE)
target_compile_options(morgiana_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<BOOL:${MORGIANA_WERROR}>:-Werror>)
if(MORGIANA_SANITIZE)
  add_compile_options(-fsanitize=${MORGIANA_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MORGIANA_SANITIZE})
endif()
