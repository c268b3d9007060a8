# Compiler settings shared by every target, and the functions that declare targets.

add_library(gradwire_options INTERFACE)
target_include_directories(gradwire_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(gradwire_options INTERFACE
  -march=${GRADWIRE_ARCH} -Wall -Wextra -Wnon-virtual-dtor -Woverloaded-virtual
  # GCC 12 reports false positives of the first two inside Asio's coroutine frames.
  -Wno-maybe-uninitialized -Wno-mismatched-new-delete
  # and of this one inside std::string (GCC bug 105329).
  -Wno-restrict)
if(GRADWIRE_WERROR)
  target_compile_options(gradwire_options INTERFACE -Werror)
endif()
if(GRADWIRE_SANITIZE)
  target_compile_options(gradwire_options INTERFACE
    -fsanitize=${GRADWIRE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    # A third of the compile time, for what the address sanitizer catches too.
    -fno-sanitize=null,object-size)
  target_link_options(gradwire_options INTERFACE -fsanitize=${GRADWIRE_SANITIZE})
endif()

# Asio is compiled once, in netmodel/asio.cpp, and not again in every file that uses it.
add_library(gradwire_asio INTERFACE)
target_compile_definitions(gradwire_asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_HAS_STD_INVOKE_RESULT)
target_link_libraries(gradwire_asio INTERFACE Boost::headers Threads::Threads)

# gradwire_library(NAME sources...): a static library of one folder.
function(gradwire_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC gradwire_options)
endfunction()

# gradwire_test(NAME LABEL fast LIBRARIES ... SOURCES ...): a GoogleTest binary whose cases ctest
# lists one by one. LABEL is one of: fast (seconds, no root), process, container. All of them have
# the label cpp too; those named in GRADWIRE_THREADED_TESTS have the label threads.
function(gradwire_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE gradwire_options ${ARG_LIBRARIES} GTest::gmock_main)
  # Tests are compiled far more often than their code is run.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-Og>)
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60)

  # gtest_discover_tests splits properties that are lists, so ctest gets these from another file.
  set(labels ${ARG_LABEL} cpp)
  if(name IN_LIST GRADWIRE_THREADED_TESTS)
    list(APPEND labels threads)
  endif()
  set(environment "GRADWIRE_SOURCE_DIR=${CMAKE_SOURCE_DIR}"
    "GRADWIRE_BINARY_DIR=${CMAKE_BINARY_DIR}" OMP_NUM_THREADS=1)
  set(properties "${CMAKE_CURRENT_BINARY_DIR}/${name}_properties.cmake")
  file(CONFIGURE OUTPUT "${properties}" @ONLY CONTENT [[
foreach(test IN LISTS @name@_TESTS)
  set_tests_properties("${test}" PROPERTIES
    LABELS "@labels@" TIMEOUT @ARG_TIMEOUT@ ENVIRONMENT "@environment@")
endforeach()
]])
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${properties}")
endfunction()
