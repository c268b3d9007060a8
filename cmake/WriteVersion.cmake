# Run at every build: writes sim/version.hpp when the version or the commit has changed.
# Arguments: SOURCE, OUTPUT, VERSION.
execute_process(COMMAND git -C "${SOURCE}" describe --always --dirty --abbrev=12
  OUTPUT_VARIABLE GRADWIRE_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT GRADWIRE_COMMIT)
  set(GRADWIRE_COMMIT "unknown")
endif()
set(PROJECT_VERSION "${VERSION}")
configure_file("${SOURCE}/sim/version.hpp.in" "${OUTPUT}" @ONLY)
